package dev.cistern.proxy.internal.cluster;

import dev.cistern.api.Digest;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.internal.cluster.PeerFailure.Kind;
import dev.cistern.proxy.internal.cluster.PeerRequests.Answer;
import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import dev.cistern.proxy.upstream.ForwardingUpstream;
import dev.cistern.proxy.upstream.ManifestHead;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.proxy.upstream.UpstreamManifest;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
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
final class ClusterUpstream extends ForwardingUpstream {

  private static final Logger log = LoggerFactory.getLogger(ClusterUpstream.class);

  private final Cluster cluster;
  private final PeerRequests requests;
  private final PeerAnswers answers;
  private final PeerRequests.Meant meant;

  /**
   * @param identity what tells the upstream from the others of this cache and of its peers
   */
  ClusterUpstream(Cluster cluster, PeerRequests requests, Upstream upstream, String identity) {
    super(upstream);
    this.cluster = cluster;
    this.requests = requests;
    answers = new PeerAnswers(requests);
    meant = new PeerRequests.Meant(upstream.name(), identity);
  }

  /** Empty while a peer would be asked: it may have what the upstream does not answer. */
  @Override
  public Optional<UpstreamException> refusal(Target target) {
    return cluster.isElsewhere(target) ? Optional.empty() : delegate().refusal(target);
  }

  @FunctionalInterface
  private interface Question<V> {
    V ask(Peer peer) throws PeerFailure, UpstreamException;
  }

  @FunctionalInterface
  private interface Call<V> {
    V make() throws RegistryException;
  }

  /** Asks the peers in the order of owners, then the delegate(). */
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
          return answers.manifest(peer, answer, reference);
        },
        () -> delegate().manifest(name, reference));
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
          return Optional.of(answers.manifestHead(peer, answer));
        },
        () -> delegate().headManifest(name, reference));
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
          return answers.blob(
              peer,
              answer,
              from,
              (position, failure) -> {
                ResumePoint rest = upTo(from.end(), position);
                return failure.kind() == Kind.PEER
                    ? blob(name, digest, rest, asked)
                    : delegate().blob(name, digest, rest);
              });
        },
        () -> delegate().blob(name, digest, from));
  }

  private static ResumePoint upTo(OptionalLong end, long position) {
    ResumePoint rest = ResumePoint.at(position);
    return end.isPresent() && end.getAsLong() > position ? rest.upTo(end.getAsLong()) : rest;
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
          return answers.blobHead(peer, answer);
        },
        () -> delegate().headBlob(name, digest));
  }
}
