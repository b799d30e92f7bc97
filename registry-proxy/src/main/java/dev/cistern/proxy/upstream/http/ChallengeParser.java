package dev.cistern.proxy.upstream.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code WWW-Authenticate} headers, several challenges in one or in several.
 *
 * <p>Commas separate challenges, and also the parameters of one challenge. After a comma, a token
 * with an equals sign is a parameter; any other token starts a new challenge. Parsing ends at the
 * first error, and drops the challenge with the error.
 */
final class ChallengeParser {

  private static final int MAX_HEADER_LENGTH = 16 * 1024;
  private static final int MAX_CHALLENGES = 16;
  private static final int MAX_PARAMETERS = 32;
  private static final String TOKEN_PUNCTUATION = "!#$%&'*+-.^_`|~";
  private static final String TOKEN68_PUNCTUATION = "-._~+/";

  private final String text;
  private int at;
  private final List<Challenge> found = new ArrayList<>();
  private @Nullable String scheme;
  private final Map<String, String> parameters = new LinkedHashMap<>();

  private ChallengeParser(String text) {
    this.text = text;
  }

  /** All challenges in order, without malformed and oversized ones. */
  static List<Challenge> parse(List<String> headers) {
    List<Challenge> all = new ArrayList<>();
    for (String header : headers) {
      if (header.length() <= MAX_HEADER_LENGTH && all.size() < MAX_CHALLENGES) {
        all.addAll(new ChallengeParser(header).challenges());
      }
    }
    return all.size() <= MAX_CHALLENGES ? all : all.subList(0, MAX_CHALLENGES);
  }

  private List<Challenge> challenges() {
    while (skip(" \t,")) {
      String name = token();
      if (name.isEmpty() || !(isParameter() ? parameter(name) : challenge(name))) {
        return found;
      }
    }
    finish();
    return found;
  }

  /** Whether the token just read is a parameter's name. Moves to the equals sign then. */
  private boolean isParameter() {
    int start = at;
    skip(" \t");
    if (scheme != null && peek() == '=') {
      return true;
    }
    at = start;
    return false;
  }

  private boolean parameter(String name) {
    at++;
    skip(" \t");
    String value = peek() == '"' ? quoted() : token();
    if (value == null || parameters.size() >= MAX_PARAMETERS) {
      return false;
    }
    parameters.putIfAbsent(name.toLowerCase(Locale.ROOT), value);
    return true;
  }

  private boolean challenge(String name) {
    finish();
    scheme = name.toLowerCase(Locale.ROOT);
    int start = at;
    if (skip(" \t") && at > start && !skipToken68()) {
      return true;
    }
    char next = peek();
    return next == 0 || " \t,".indexOf(next) >= 0;
  }

  /** Moves past a token68, such as those of Negotiate, which is not a parameter. */
  private boolean skipToken68() {
    int start = at;
    while (isAlphanumeric(peek()) || isOneOf(TOKEN68_PUNCTUATION)) {
      at++;
    }
    boolean some = at > start;
    while (peek() == '=') {
      at++;
    }
    int end = at;
    skip(" \t");
    if (some && (peek() == ',' || peek() == 0)) {
      at = end;
      return true;
    }
    at = start;
    return false;
  }

  private void finish() {
    if (scheme != null && found.size() < MAX_CHALLENGES) {
      found.add(new Challenge(scheme, parameters));
    }
    scheme = null;
    parameters.clear();
  }

  private String token() {
    int start = at;
    while (isAlphanumeric(peek()) || isOneOf(TOKEN_PUNCTUATION)) {
      at++;
    }
    return text.substring(start, at);
  }

  private @Nullable String quoted() {
    StringBuilder value = new StringBuilder();
    for (at++; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '"') {
        at++;
        return value.toString();
      }
      if (c == '\\' && ++at < text.length()) {
        c = text.charAt(at);
      }
      value.append(c);
    }
    return null;
  }

  /** Moves past these characters. Returns whether any text is left. */
  private boolean skip(String characters) {
    while (isOneOf(characters)) {
      at++;
    }
    return at < text.length();
  }

  private boolean isOneOf(String characters) {
    return at < text.length() && characters.indexOf(text.charAt(at)) >= 0;
  }

  private char peek() {
    return at < text.length() ? text.charAt(at) : 0;
  }

  private static boolean isAlphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }
}
