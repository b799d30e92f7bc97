package dev.cistern.server.http;

import dev.cistern.api.ByteRange;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Several ranges in one answer: {@code multipart/byteranges} (RFC 9110 §14.6).
 *
 * @param contentType with the boundary between the parts
 * @param length of the whole body in bytes
 * @param segments the body
 */
record MultipartRanges(String contentType, long length, List<Segment> segments) {

  /**
   * Makes the body.
   *
   * @param size of the whole content, as a Content-Range names it
   */
  static MultipartRanges of(List<ByteRange> ranges, String size) {
    String boundary = UUID.randomUUID().toString();
    List<Segment> segments = new ArrayList<>();
    long length = 0;
    for (ByteRange range : ranges) {
      ByteBuffer header =
          ascii(
              "\r\n--%s\r\nContent-Type: %s\r\nContent-Range: bytes %d-%d/%s\r\n\r\n"
                  .formatted(
                      boundary, RegistryHeaders.OCTET_STREAM, range.first(), range.last(), size));
      length += header.remaining() + range.length();
      segments.add(new Segment.Text(header));
      segments.add(new Segment.Bytes(range.first(), range.last() + 1));
    }
    ByteBuffer end = ascii("\r\n--" + boundary + "--\r\n");
    length += end.remaining();
    segments.add(new Segment.Text(end));
    return new MultipartRanges("multipart/byteranges; boundary=" + boundary, length, segments);
  }

  private static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }
}
