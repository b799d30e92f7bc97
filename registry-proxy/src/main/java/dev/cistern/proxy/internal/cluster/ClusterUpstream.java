package dev.cistern.proxy.internal.cluster;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.Page;
import dev.cistern.api.Reference;
import dev.cistern.api.ReferrerList;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.event.PeerOutcome;
import dev.cistern.proxy.internal.cluster.PeerFailure.Kind;
import dev.cistern.proxy.internal.cluster.PeerRequests.Answer;
import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import dev.cistern.proxy.upstream.ManifestHead;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.TagList;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.proxy.upstream.UpstreamManifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An upstream whose blobs, manifests and tags are asked for at the cache that owns them, and at the
 * upstream itself where this cache is the owner, where the owner and the next one fail, and for
 * other caches, whose requests are never passed on. Lists always come from the upstream.
 *
 * <p>What an owner answers counts as the upstream's answer, because it has the same upstreams with
 * the same credentials. Thread-safe.
 */
final class ClusterUpstream implements Upstream {

  private static final Logger log = LoggerFactory.getLogger(ClusterUpstream.class);

  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\\*)");

  private static final long LARGEST_MANIFEST =
      Math.min(32 << 20, Math.max(1 << 20, Runtime.getRuntime().maxMemory() / 8));

  private final Cluster cluster;
  private final PeerRequests requests;
  private final Upstream upstream;
  private final PeerRequests.Meant meant;

  /**
   * @param identity what tells the upstream from the others of this cache and of its peers
   */
  ClusterUpstream(Cluster cluster, PeerRequests requests, Upstream upstream, String identity) {
    this.cluster = cluster;
    this.requests = requests;
    this.upstream = upstream;
    meant = new PeerRequests.Meant(upstream.name(), identity);
  }

  @Override
  public String name() {
    return upstream.name();
  }

  /** Empty while a peer would be asked: it may have what the upstream does not answer. */
  @Override
  public Optional<UpstreamException> refusal(Target target) {
    return cluster.isElsewhere(target) ? Optional.empty() : upstream.refusal(target);
  }

  @FunctionalInterface
  private interface Question<V> {
    V ask(Peer peer) throws PeerFailure, UpstreamException;
  }

  @FunctionalInterface
  private interface Call<V> {
    V make() throws RegistryException;
  }

  /** Asks the peers in the order of owners, then the upstream. */
  private <V> V ask(Target target, Set<Peer> asked, Question<V> question, Call<V> otherwise)
      throws RegistryException {
    boolean more = UpstreamWork.isBesidePeers() && !UpstreamWork.forPeer().getAsBoolean();
    while (more) {
      Optional<Peer> next = cluster.next(target, asked);
      if (next.isEmpty()) {
        break;
      }
      asked.add(next.get());
      try {
        return question.ask(next.get());
      } catch (PeerFailure e) {
        log.debug("Peer {} has not answered for {}: {}", next.get().name(), target, e.reason());
        more = e.kind() == Kind.PEER;
        if (more) {
          next.get().failedOnce(e.reason());
        }
      }
    }
    return otherwise.make();
  }

  private static String path(RepositoryName name, String kind, Reference reference) {
    return name + "/" + kind + "/" + reference;
  }

  @Override
  public UpstreamManifest manifest(RepositoryName name, Reference reference)
      throws RegistryException {
    Target target = Target.manifest(name, reference);
    return ask(
        target,
        new HashSet<>(),
        peer -> {
          Answer answer =
              requests.ask(
                  peer,
                  "GET",
                  path(name, "manifests", reference),
                  ResumePoint.START,
                  target,
                  meant);
          return manifest(peer, answer, reference);
        },
        () -> upstream.manifest(name, reference));
  }

  private UpstreamManifest manifest(Peer peer, Answer answer, Reference reference)
      throws PeerFailure {
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

  @Override
  public Optional<ManifestHead> headManifest(RepositoryName name, Reference reference)
      throws RegistryException {
    Target target = Target.manifestHead(name, reference);
    return ask(
        target,
        new HashSet<>(),
        peer -> {
          Answer answer =
              requests.ask(
                  peer,
                  "HEAD",
                  path(name, "manifests", reference),
                  ResumePoint.START,
                  target,
                  meant);
          Digest digest =
              digest(answer)
                  .orElseThrow(
                      () -> {
                        requests.ended(peer, PeerOutcome.FAILED, 0);
                        return new PeerFailure(Kind.PEER, "it named no digest");
                      });
          requests.ended(peer, PeerOutcome.ANSWERED, 0);
          return Optional.of(
              new ManifestHead(
                  digest,
                  answer.header("Content-Type").map(MediaType::parse),
                  length(answer),
                  answer.said().ttl(),
                  answer
                      .said()
                      .stale()
                      .map(age -> new ManifestHead.Stale(age, answer.said().reason()))));
        },
        () -> upstream.headManifest(name, reference));
  }

  @Override
  public UpstreamBlob blob(RepositoryName name, Digest digest, ResumePoint from)
      throws RegistryException {
    return blob(name, digest, from, new HashSet<>());
  }

  private UpstreamBlob blob(RepositoryName name, Digest digest, ResumePoint from, Set<Peer> asked)
      throws RegistryException {
    Target target = Target.blob(name, digest);
    return ask(
        target,
        asked,
        peer -> {
          Answer answer =
              requests.ask(peer, "GET", path(name, "blobs", digest), from, target, meant);
          return opened(
              peer,
              answer,
              from,
              (position, failure) -> {
                ResumePoint rest = upTo(from.end(), position);
                return failure.kind() == Kind.PEER
                    ? blob(name, digest, rest, asked)
                    : upstream.blob(name, digest, rest);
              });
        },
        () -> upstream.blob(name, digest, from));
  }

  private static ResumePoint upTo(OptionalLong end, long position) {
    ResumePoint rest = ResumePoint.at(position);
    return end.isPresent() && end.getAsLong() > position ? rest.upTo(end.getAsLong()) : rest;
  }

  private UpstreamBlob opened(Peer peer, Answer answer, ResumePoint from, PeerBlob.Next next)
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

  @Override
  public OptionalLong headBlob(RepositoryName name, Digest digest) throws RegistryException {
    Target target = Target.blobHead(name, digest);
    return ask(
        target,
        new HashSet<>(),
        peer -> {
          Answer answer =
              requests.ask(
                  peer, "HEAD", path(name, "blobs", digest), ResumePoint.START, target, meant);
          requests.ended(peer, PeerOutcome.ANSWERED, 0);
          return length(answer);
        },
        () -> upstream.headBlob(name, digest));
  }

  @Override
  public TagList tags(RepositoryName name, Page page) throws RegistryException {
    return upstream.tags(name, page);
  }

  @Override
  public ReferrerList referrers(RepositoryName name, Digest subject) throws RegistryException {
    return upstream.referrers(name, subject);
  }

  @Override
  public void close() {
    upstream.close();
  }
}
