package dev.cistern.server.config;

import dev.cistern.api.Printable;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A pattern of host names, such as {@code *.example.com}. The star matches any characters, also
 * dots.
 *
 * @param text in lower case
 */
public record HostPattern(String text) {

  private static final Pattern ALLOWED = Pattern.compile("[a-z0-9.*-]{1,253}");

  private static final Pattern NAME =
      Pattern.compile("([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?");

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException if no name can match it
   */
  static HostPattern parse(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (!ALLOWED.matcher(lower).matches()) {
      throw new IllegalArgumentException(
          Printable.quoted(text) + " is not a pattern of host names such as *.example.com");
    }
    return new HostPattern(lower);
  }

  /** Whether a text is a name of the DNS with a domain, in lower case, and no address. */
  static boolean isName(String text) {
    return text.length() <= 253 && NAME.matcher(text).matches();
  }

  /** Whether this matches a name, in time linear in its length for each star. */
  boolean matches(String name) {
    int at = 0;
    int in = 0;
    int star = -1;
    int retry = 0;
    while (in < name.length()) {
      if (at < text.length() && text.charAt(at) == '*') {
        star = at++;
        retry = in;
      } else if (at < text.length() && text.charAt(at) == name.charAt(in)) {
        at++;
        in++;
      } else if (star >= 0) {
        at = star + 1;
        in = ++retry;
      } else {
        return false;
      }
    }
    while (at < text.length() && text.charAt(at) == '*') {
      at++;
    }
    return at == text.length();
  }
}
