package dev.cistern.proxy.upstream;

/** Entity tags (RFC 9110 §8.8.3). */
final class EntityTag {

  private static final int MAX_LENGTH = 1024;

  private EntityTag() {}

  /** Whether this is a well-formed strong entity tag, quotes included. */
  static boolean isStrong(String value) {
    int last = value.length() - 1;
    if (last < 1 || last > MAX_LENGTH || value.charAt(0) != '"' || value.charAt(last) != '"') {
      return false;
    }
    return value.substring(1, last).chars().allMatch(c -> c == 0x21 || (c >= 0x23 && c <= 0x7e));
  }
}
