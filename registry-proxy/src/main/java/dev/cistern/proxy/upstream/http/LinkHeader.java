package dev.cistern.proxy.upstream.http;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/** The {@code Link} header of paged lists (RFC 8288), as the distribution specification uses it. */
final class LinkHeader {

  private static final int MAX_LENGTH = 8 * 1024;
  // Possessive quantifiers, so that no header causes backtracking.
  private static final Pattern LINK = Pattern.compile("<([^>]*+)>([^,<]*+)");
  private static final Pattern NEXT =
      Pattern.compile(
          "(?i);\\s*+rel\\s*+=\\s*+(?:\"(?:[^\"]*\\s)?next(?:\\s[^\"]*)?\"|next\\s*+(?:;|$))");

  private LinkHeader() {}

  /** The target of the link with {@code rel="next"}, resolved against the URL of the list. */
  static Optional<HttpUrl> next(List<String> headers, HttpUrl base) {
    for (String header : headers) {
      Matcher link = LINK.matcher(header.length() > MAX_LENGTH ? "" : header);
      while (link.find()) {
        if (NEXT.matcher(link.group(2)).find()) {
          return Optional.ofNullable(base.resolve(link.group(1).strip()));
        }
      }
    }
    return Optional.empty();
  }
}
