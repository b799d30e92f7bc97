package dev.cistern.storage;

/**
 * What a key may be, checked in one place for every driver: segments of 1 to 255 characters parted
 * by {@code /}, 1,024 in all, of printable ASCII without the backslash; no segment is {@code .} or
 * {@code ..}. So a key is a relative path on any filesystem and an object's name in any bucket, and
 * never leads out of either.
 *
 * <p>The first segment {@code .cistern} is kept for what drivers store for themselves; no key
 * begins with it.
 */
public final class StorageKeys {

  /** The first segment that is kept for what drivers store for themselves. */
  public static final String RESERVED = ".cistern";

  private static final int LONGEST_KEY = 1024;
  private static final int LONGEST_SEGMENT = 255;

  private StorageKeys() {}

  /**
   * Checks a key.
   *
   * @return the key
   * @throws IllegalArgumentException when it breaks the rules
   */
  public static String requireKey(String key) {
    if (key.length() > LONGEST_KEY) {
      throw new IllegalArgumentException(
          "key of "
              + key.length()
              + " characters; "
              + LONGEST_KEY
              + " is the most: "
              + printable(key));
    }
    int start = 0;
    for (int i = 0; i <= key.length(); i++) {
      if (i == key.length() || key.charAt(i) == '/') {
        requireSegment(key, start, i);
        start = i + 1;
      } else if (key.charAt(i) < ' ' || key.charAt(i) > '~' || key.charAt(i) == '\\') {
        throw new IllegalArgumentException(
            "key with a character that none may have, at " + i + ": " + printable(key));
      }
    }
    return key;
  }

  /**
   * Checks a prefix to list: a key, or empty for the whole store.
   *
   * @return the prefix
   * @throws IllegalArgumentException when it breaks the rules
   */
  public static String requirePrefix(String prefix) {
    return prefix.isEmpty() ? prefix : requireKey(prefix);
  }

  private static void requireSegment(String key, int start, int end) {
    int length = end - start;
    if (length == 0) {
      throw new IllegalArgumentException("key with an empty segment: " + printable(key));
    }
    if (length > LONGEST_SEGMENT) {
      throw new IllegalArgumentException(
          "key with a segment of "
              + length
              + " characters; "
              + LONGEST_SEGMENT
              + " is the most: "
              + printable(key));
    }
    if (key.charAt(start) != '.') {
      return;
    }
    if (length == 1 || (length == 2 && key.charAt(start + 1) == '.')) {
      throw new IllegalArgumentException("key with a segment . or ..: " + printable(key));
    }
    if (start == 0 && length == RESERVED.length() && key.startsWith(RESERVED)) {
      throw new IllegalArgumentException(
          "key in what drivers keep for themselves: " + printable(key));
    }
  }

  /** Such keys may come from a client: none of them may break a line of the log, or fill it. */
  private static String printable(String key) {
    String shown = key.length() > 100 ? key.substring(0, 100) + "..." : key;
    return shown.replaceAll("[^ -~]", "?");
  }
}
