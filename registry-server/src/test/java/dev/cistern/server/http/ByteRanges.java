package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ByteRange;
import dev.cistern.api.RangeSet;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A {@code multipart/byteranges} body, read back as RFC 9110, section 14.6, and RFC 2046, section
 * 5.1, say: anything else in it is a failed assertion.
 */
record ByteRanges(List<Part> parts) {

  /**
   * One part.
   *
   * @param total -1 if it is not named
   */
  record Part(int first, int last, int total, String contentType, ByteBuffer body) {

    byte[] bytes() {
      byte[] bytes = new byte[body.remaining()];
      body.duplicate().get(bytes);
      return bytes;
    }
  }

  private static final Pattern TYPE =
      Pattern.compile("multipart/byteranges; boundary=([\\w-]{1,70})");
  private static final Pattern RANGE = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+|\\*)");

  static ByteRanges parse(String contentType, byte[] body) {
    Matcher type = TYPE.matcher(contentType);
    assertThat(type.matches()).as(contentType).isTrue();
    String delimiter = "\r\n--" + type.group(1);
    List<Part> parts = new ArrayList<>();
    int position = 0;
    while (true) {
      position = expect(body, position, delimiter);
      if (startsWith(body, position, "--")) {
        position = expect(body, position, "--\r\n");
        assertThat(position).isEqualTo(body.length);
        return new ByteRanges(parts);
      }
      position = expect(body, position, "\r\n");
      int end = indexOf(body, "\r\n\r\n", position);
      String[] headers =
          new String(body, position, end - position, StandardCharsets.US_ASCII).split("\r\n", -1);
      assertThat(headers).hasSize(2);
      assertThat(headers[0]).startsWith("Content-Type: ");
      assertThat(headers[1]).startsWith("Content-Range: ");
      Matcher range = RANGE.matcher(headers[1].substring("Content-Range: ".length()));
      assertThat(range.matches()).as(headers[1]).isTrue();
      int first = Integer.parseInt(range.group(1));
      int last = Integer.parseInt(range.group(2));
      position = end + 4;
      byte[] bytes = Arrays.copyOfRange(body, position, position + last - first + 1);
      position += bytes.length;
      parts.add(
          new Part(
              first,
              last,
              range.group(3).equals("*") ? -1 : Integer.parseInt(range.group(3)),
              headers[0].substring("Content-Type: ".length()),
              ByteBuffer.wrap(bytes)));
    }
  }

  /** What a header asks for in content of a given length. */
  static List<ByteRange> asked(String header, int length) {
    return RangeSet.parse(header).orElseThrow().resolve(length);
  }

  List<ByteRange> ranges() {
    return parts.stream().map(part -> new ByteRange(part.first(), part.last())).toList();
  }

  private static int expect(byte[] body, int position, String text) {
    assertThat(startsWith(body, position, text)).as("%s at %d", text, position).isTrue();
    return position + text.length();
  }

  private static boolean startsWith(byte[] body, int position, String text) {
    return position + text.length() <= body.length
        && new String(body, position, text.length(), StandardCharsets.ISO_8859_1).equals(text);
  }

  private static int indexOf(byte[] body, String text, int from) {
    for (int i = from; i < body.length; i++) {
      if (startsWith(body, i, text)) {
        return i;
      }
    }
    throw new AssertionError(text + " not found after " + from);
  }
}
