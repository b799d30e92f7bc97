package dev.cistern.proxy.upstream.http;

import dev.cistern.proxy.upstream.ResumePoint;
import java.net.ProtocolException;
import java.util.OptionalLong;

/**
 * The part of a blob that an answer contains.
 *
 * @param start the position of its first byte
 * @param total the length of the whole blob; empty when it is unknown
 * @param end the position after its last byte; -1 when it is unknown
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
                () -> new ProtocolException("it answered 206 with an invalid Content-Range"));
    if (range.first() != asked.position()) {
      throw new ProtocolException(
          "it answered with bytes from "
              + range.first()
              + "; requested were those from "
              + asked.position());
    }
    if (length.isPresent() && length.getAsLong() != range.last() - range.first() + 1) {
      throw new ProtocolException("its Content-Length contradicts its Content-Range");
    }
    // The rest of a blob ends with the blob. A part may be shorter than it was asked for.
    long end = range.last() + 1;
    return new BlobAnswer(
        range.first(), range.total(), asked.end().isPresent() ? end : range.total().orElse(end));
  }
}
