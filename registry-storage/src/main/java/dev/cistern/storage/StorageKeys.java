package dev.cistern.storage;

import dev.cistern.api.Printable;
import org.jspecify.annotations.Nullable;

/**
 * The rules for keys, checked here for every driver. A key has segments of 1 to 255 characters,
 * separated by {@code /}, and at most 1,024 characters in total. The characters are printable ASCII
 * without the backslash. No segment is {@code .} or {@code ..}. So a key is a valid relative path
 * on every filesystem and a valid object name in every bucket, and cannot lead out of the store.
 *
 * <p>The first segment {@code .cistern} is reserved for the drivers' own files; no key begins with
 * it.
 */
public final class StorageKeys {

  /** The first segment that is reserved for the drivers' own files. */
  public static final String RESERVED = ".cistern";

  private static final int LONGEST_KEY = 1024;
  private static final int LONGEST_SEGMENT = 255;

  private StorageKeys() {}

  /** Whether the text is a valid key; for drivers that find names made by other programs. */
  public static boolean isKey(String key) {
    return fault(key) == null;
  }

  /**
   * Checks a key.
   *
   * @return the key
   * @throws IllegalArgumentException if it breaks the rules
   */
  public static String requireKey(String key) {
    String fault = fault(key);
    if (fault != null) {
      throw new IllegalArgumentException(
          "invalid storage key " + Printable.quoted(key) + ": " + fault);
    }
    return key;
  }

  /**
   * Checks a prefix for a listing: a key, or empty for the whole store.
   *
   * @return the prefix
   * @throws IllegalArgumentException if it breaks the rules
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
        return "the character at index " + i + " is not allowed";
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
      return "the segments . and .. are not allowed";
    }
    if (start == 0 && length == RESERVED.length() && key.startsWith(RESERVED)) {
      return "its first segment is reserved for storage drivers";
    }
    return null;
  }
}
