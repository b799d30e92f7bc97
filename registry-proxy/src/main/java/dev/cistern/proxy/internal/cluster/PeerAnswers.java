package dev.cistern.proxy.internal.cluster;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.event.PeerOutcome;
import dev.cistern.proxy.internal.cluster.PeerFailure.Kind;
import dev.cistern.proxy.internal.cluster.PeerRequests.Answer;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import dev.cistern.proxy.upstream.ManifestHead;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.proxy.upstream.UpstreamManifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what peers have answered. Where that is of no use, it throws a {@link PeerFailure}, and has
 * noted the end of the request. Thread-safe.
 */
final class PeerAnswers {

  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\\*)");

  private static final long LARGEST_MANIFEST =
      Math.min(32 << 20, Math.max(1 << 20, Runtime.getRuntime().maxMemory() / 8));

  private final PeerRequests requests;

  PeerAnswers(PeerRequests requests) {
    this.requests = requests;
  }

  /** The manifest in an answer. */
  UpstreamManifest manifest(Peer peer, Answer answer, Reference reference) throws PeerFailure {
    boolean complete = false;
    long length = length(answer).orElse(Long.MAX_VALUE);
    try {
      if (answer.said().stale().isPresent()) {
        // This cache may have a better one; it does not take this for what the tag names now.
        throw new PeerFailure(Kind.UPSTREAM, answer.said().reason());
      }
      if (length > LARGEST_MANIFEST) {
        throw new PeerFailure(Kind.PEER, "its manifest is too large, or of unknown size");
      }
      byte[] bytes = whole(answer, (int) length);
      Digest expected =
          reference instanceof Digest asked
              ? asked
              : digest(answer).orElseThrow(() -> new PeerFailure(Kind.PEER, "it named no digest"));
      if (!Digest.of(expected.algorithm(), bytes).equals(expected)) {
        throw new PeerFailure(Kind.PEER, "its manifest is not " + expected);
      }
      MediaType type =
          answer.header("Content-Type").map(MediaType::parse).orElse(MediaType.OCTET_STREAM);
      complete = true;
      return new UpstreamManifest(expected, type, ByteBuffer.wrap(bytes));
    } finally {
      requests.ended(
          peer, complete ? PeerOutcome.ANSWERED : PeerOutcome.FAILED, complete ? length : 0);
      if (!complete) {
        answer.body().cancel();
      }
    }
  }

  private static byte[] whole(Answer answer, int length) throws PeerFailure {
    try (MetadataMemory.Reservation reserved = MetadataMemory.OF_HEAP.reserve(1)) {
      reserved.grow(length);
      byte[] bytes = new byte[length];
      int position = 0;
      while (position < length) {
        int count = answer.silence().read(answer.body(), bytes, position, length - position);
        if (count < 0) {
          throw new PeerFailure(Kind.PEER, "its manifest ended early");
        }
        position += count;
      }
      reserved.keepFor(bytes, length);
      return bytes;
    } catch (IOException e) {
      throw new PeerFailure(Kind.PEER, "there is no memory for its manifest now");
    }
  }

  private static OptionalLong length(Answer answer) {
    Optional<String> text =
        answer.header("Content-Length").filter(length -> length.matches("[0-9]{1,18}"));
    return text.isPresent() ? OptionalLong.of(Long.parseLong(text.get())) : OptionalLong.empty();
  }

  private static Optional<Digest> digest(Answer answer) {
    try {
      Optional<String> text = answer.header("Docker-Content-Digest");
      return text.isPresent() ? Optional.of(Digest.parse(text.get())) : Optional.empty();
    } catch (RegistryException e) {
      return Optional.empty();
    }
  }

  /** What an answer without a body says of a manifest. */
  ManifestHead manifestHead(Peer peer, Answer answer) throws PeerFailure {
    Optional<Digest> digest = digest(answer);
    requests.ended(peer, digest.isPresent() ? PeerOutcome.ANSWERED : PeerOutcome.FAILED, 0);
    return new ManifestHead(
        digest.orElseThrow(() -> new PeerFailure(Kind.PEER, "it named no digest")),
        answer.header("Content-Type").map(MediaType::parse),
        length(answer),
        answer.said().ttl(),
        answer.said().stale().map(age -> new ManifestHead.Stale(age, answer.said().reason())));
  }

  /**
   * The blob in an answer.
   *
   * @param next where to go on if the peer fails
   */
  UpstreamBlob blob(Peer peer, Answer answer, ResumePoint from, PeerBlob.Next next)
      throws PeerFailure {
    if (answer.status() == 200) {
      return new PeerBlob(peer, requests, answer, 0, length(answer), from.end(), next);
    }
    Matcher range = CONTENT_RANGE.matcher(answer.header("Content-Range").orElse(""));
    if (!range.matches() || Long.parseLong(range.group(1)) != from.position()) {
      answer.body().cancel();
      requests.ended(peer, PeerOutcome.FAILED, 0);
      throw new PeerFailure(Kind.PEER, "it answered with another range");
    }
    OptionalLong size =
        range.group(3).equals("*")
            ? OptionalLong.empty()
            : OptionalLong.of(Long.parseLong(range.group(3)));
    return new PeerBlob(peer, requests, answer, from.position(), size, from.end(), next);
  }

  /** The size of the blob in an answer without a body. */
  OptionalLong blobHead(Peer peer, Answer answer) {
    requests.ended(peer, PeerOutcome.ANSWERED, 0);
    return length(answer);
  }
}
