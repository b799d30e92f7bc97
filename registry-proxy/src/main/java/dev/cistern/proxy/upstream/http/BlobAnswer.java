package dev.cistern.proxy.upstream.http;

import dev.cistern.proxy.upstream.ResumePoint;
import java.net.ProtocolException;
import java.util.OptionalLong;

/**
 * Which part of a blob an answer holds.
 *
 * @param start position of its first byte
 * @param total length of the whole blob; empty when the upstream does not say
 * @param end position after the last byte that may be expected, -1 when that is unknown
 */
record BlobAnswer(long start, OptionalLong total, long end) {

  /** Reads the headers of a 200 or 206. */
  static BlobAnswer of(ResumePoint asked, Exchange answer) throws ProtocolException {
    OptionalLong length = answer.contentLength();
    if (answer.status() == 200) {
      return new BlobAnswer(0, length, length.orElse(-1));
    }
    String header = answer.header("Content-Range").orElse("");
    ContentRange range =
        ContentRange.parse(header)
            .orElseThrow(
                () ->
                    new ProtocolException(
                        "it answered 206 with the range '" + header + "', which says nothing"));
    if (range.first() != asked.position()) {
      throw new ProtocolException(
          "asked for bytes from "
              + asked.position()
              + " it answered with those from "
              + range.first());
    }
    if (length.isPresent() && length.getAsLong() != range.last() - range.first() + 1) {
      throw new ProtocolException("its Content-Length contradicts its Content-Range");
    }
    return new BlobAnswer(range.first(), range.total(), range.total().orElse(range.last() + 1));
  }
}
