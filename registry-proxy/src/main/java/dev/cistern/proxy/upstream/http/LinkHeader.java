package dev.cistern.proxy.upstream.http;

import java.net.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads {@code Link} headers (RFC 8288, section 3), several links in one or in several. A header
 * that cannot be read is an error: the rest of a list may be behind it.
 */
final class LinkHeader {

  private static final String WHITESPACE = " \t";

  private final String text;
  private int at;

  private LinkHeader(String text) {
    this.text = text;
  }

  /** The target of the first link with {@code rel="next"}, as it was sent. */
  static Optional<String> next(List<String> headers) throws ProtocolException {
    Optional<String> next = Optional.empty();
    for (String header : headers) {
      List<String> found = new LinkHeader(header).nextTargets();
      next = next.or(() -> found.stream().findFirst());
    }
    return next;
  }

  private List<String> nextTargets() throws ProtocolException {
    List<String> found = new ArrayList<>();
    for (skip(WHITESPACE + ","); at < text.length(); skip(WHITESPACE + ",")) {
      String target = target();
      if (isNext(relation())) {
        found.add(target);
      }
    }
    return found;
  }

  private String target() throws ProtocolException {
    int end = text.indexOf('>', at);
    if (peek() != '<' || end < 0) {
      throw unreadable();
    }
    String target = text.substring(at + 1, end).strip();
    at = end + 1;
    return target;
  }

  /** Reads the parameters of a link. The first {@code rel} counts. */
  private String relation() throws ProtocolException {
    String relation = null;
    for (skip(WHITESPACE); peek() == ';'; skip(WHITESPACE)) {
      skip(WHITESPACE + ";");
      String name = token();
      skip(WHITESPACE);
      String value = "";
      if (!name.isEmpty() && peek() == '=') {
        at++;
        skip(WHITESPACE);
        value = peek() == '"' ? quoted() : bare();
      }
      if (relation == null && name.toLowerCase(Locale.ROOT).equals("rel")) {
        relation = value;
      }
    }
    if (at < text.length() && peek() != ',') {
      throw unreadable();
    }
    return relation == null ? "" : relation;
  }

  private static boolean isNext(String relations) {
    return List.of(relations.toLowerCase(Locale.ROOT).split("[ \t]+")).contains("next");
  }

  private String token() {
    int start = at;
    while (at < text.length() && (WHITESPACE + ";,=\"<>").indexOf(peek()) < 0) {
      at++;
    }
    return text.substring(start, at);
  }

  /** A value without quotes. Some servers write more than a token, such as a URL. */
  private String bare() {
    int start = at;
    while (at < text.length() && (WHITESPACE + ";,").indexOf(peek()) < 0) {
      at++;
    }
    return text.substring(start, at);
  }

  private String quoted() throws ProtocolException {
    StringBuilder value = new StringBuilder();
    for (at++; at < text.length(); at++) {
      char c = peek();
      if (c == '"') {
        at++;
        return value.toString();
      }
      if (c == '\\') {
        at++;
        c = peek();
      }
      value.append(c);
    }
    throw unreadable();
  }

  private void skip(String characters) {
    while (at < text.length() && characters.indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private char peek() {
    return at < text.length() ? text.charAt(at) : 0;
  }

  private static ProtocolException unreadable() {
    return new ProtocolException(
        "its Link header cannot be read, so the rest of its list cannot be found");
  }
}
