package dev.cistern.server.http;

import io.undertow.util.HttpString;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The id of a request, in the access log and in the answer's {@code X-Request-Id}. A client or
 * proxy may send its own.
 */
final class RequestId {

  static final HttpString HEADER = new HttpString("X-Request-Id");

  private static final int MOST = 128;

  /** Characters of a token (RFC 9110 §5.6.2) besides letters and digits. */
  private static final String MARKS = "!#$%&'*+-.^_`|~";

  private RequestId() {}

  /**
   * The id that the client sent, if it is one token of at most {@value #MOST} characters; otherwise
   * a new one.
   */
  static String of(@Nullable String sent) {
    return sent != null && isToken(sent)
        ? sent
        : HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
  }

  private static boolean isToken(String text) {
    return !text.isEmpty()
        && text.length() <= MOST
        && text.chars().allMatch(RequestId::isTokenCharacter);
  }

  private static boolean isTokenCharacter(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || MARKS.indexOf(c) >= 0;
  }
}
