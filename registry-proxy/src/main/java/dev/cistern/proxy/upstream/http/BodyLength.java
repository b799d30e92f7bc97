package dev.cistern.proxy.upstream.http;

import java.net.ProtocolException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import okhttp3.Call;
import okhttp3.Response;

/**
 * Checks that an answer with content says clearly where its body ends (RFC 9112 §6.3). OkHttp takes
 * a negative length for a length, and any other text for none.
 */
final class BodyLength {

  private static final Pattern NUMBERS = Pattern.compile("[-+0-9., ]{1,60}");

  private BodyLength() {}

  /**
   * Checks the headers of an answer, and ends its call when they are invalid.
   *
   * @throws ProtocolException when there are several lengths, or one that is none
   */
  static void check(Call call, Response answer) throws ProtocolException {
    List<String> lengths = answer.headers("Content-Length");
    boolean content = answer.code() == 200 || answer.code() == 206;
    if (lengths.isEmpty()
        || !content
        || answer.request().method().equals("HEAD")
        || isChunked(answer)) {
      return;
    }
    String first = lengths.get(0).strip();
    if (!isLength(first) || lengths.stream().anyMatch(other -> !other.strip().equals(first))) {
      call.cancel();
      close(answer);
      throw new ProtocolException("its Content-Length is invalid" + shown(lengths));
    }
  }

  private static void close(Response answer) {
    try {
      answer.close();
    } catch (RuntimeException e) {
      // From reading the rest, which needs the length.
    }
  }

  private static boolean isChunked(Response answer) {
    return answer.headers("Transfer-Encoding").stream()
        .anyMatch(coding -> coding.strip().toLowerCase(Locale.ROOT).equals("chunked"));
  }

  private static boolean isLength(String text) {
    if (!text.matches("[0-9]{1,19}")) {
      return false;
    }
    try {
      return Long.parseLong(text) >= 0;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /** Only numbers: other text may repeat credentials of the request. */
  private static String shown(List<String> lengths) {
    String all = String.join(", ", lengths);
    return NUMBERS.matcher(all).matches() ? ": " + all : "";
  }
}
