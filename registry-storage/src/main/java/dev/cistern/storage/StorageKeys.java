package dev.cistern.storage;

import org.jspecify.annotations.Nullable;

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

  /** Whether a key may be this; for drivers that meet names which others have made. */
  public static boolean isKey(String key) {
    return fault(key) == null;
  }

  /**
   * Checks a key.
   *
   * @return the key
   * @throws IllegalArgumentException when it breaks the rules
   */
  public static String requireKey(String key) {
    String fault = fault(key);
    if (fault != null) {
      throw new IllegalArgumentException("no key, for " + fault + ": " + printable(key));
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

  private static @Nullable String fault(String key) {
    if (key.length() > LONGEST_KEY) {
      return "it has " + key.length() + " characters, more than " + LONGEST_KEY;
    }
    int start = 0;
    for (int i = 0; i <= key.length(); i++) {
      if (i == key.length() || key.charAt(i) == '/') {
        String fault = fault(key, start, i);
        if (fault != null) {
          return fault;
        }
        start = i + 1;
      } else if (key.charAt(i) < ' ' || key.charAt(i) > '~' || key.charAt(i) == '\\') {
        return "it has a character at " + i + " that none may have";
      }
    }
    return null;
  }

  private static @Nullable String fault(String key, int start, int end) {
    int length = end - start;
    if (length == 0) {
      return "it has an empty segment";
    }
    if (length > LONGEST_SEGMENT) {
      return "it has a segment of " + length + " characters, more than " + LONGEST_SEGMENT;
    }
    if (key.charAt(start) != '.') {
      return null;
    }
    if (length == 1 || (length == 2 && key.charAt(start + 1) == '.')) {
      return "it has a segment . or ..";
    }
    if (start == 0 && length == RESERVED.length() && key.startsWith(RESERVED)) {
      return "it begins with what drivers keep for themselves";
    }
    return null;
  }

  /** Such keys may come from a client: none of them may break a line of the log, or fill it. */
  private static String printable(String key) {
    String shown = key.length() > 100 ? key.substring(0, 100) + "..." : key;
    return shown.replaceAll("[^ -~]", "?");
  }
}
