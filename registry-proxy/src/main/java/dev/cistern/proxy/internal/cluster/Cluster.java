package dev.cistern.proxy.internal.cluster;

import dev.cistern.api.Digest;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.peer.Peers;
import dev.cistern.proxy.report.PeerState;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.Upstream;
import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/**
 * The caches that share their transfers with this one. Each digest and each tag has an owner among
 * those that work, which asks the upstream for all. Who owns what is only a matter of cost: where
 * two caches disagree, there are two transfers. Thread-safe.
 */
public final class Cluster implements AutoCloseable {

  /** How many peers to ask for one thing before the upstream. */
  private static final int MOST_ASKED = 2;

  /** What is asked for twice within this time is worth keeping here. */
  private static final Duration WINDOW = Duration.ofMinutes(20);

  private final PeerHttp http;
  private final ScheduledExecutorService timer;
  private final ScheduledExecutorService names;
  private final NodeList nodes;
  private final Admission admission;
  private final InstantSource clock;
  private final PeerRequests requests;

  /** A cluster that does not ask its peers before {@link #start}. */
  public Cluster(Peers peers, CacheThreads threads, InstantSource clock, CacheListener listener) {
    this(peers, threads, clock, listener, InetAddress::getAllByName);
  }

  Cluster(
      Peers peers,
      CacheThreads threads,
      InstantSource clock,
      CacheListener listener,
      NodeList.Resolver resolver) {
    this.clock = clock;
    http = new PeerHttp(peers, threads.threads("peer-http"));
    timer = Executors.newSingleThreadScheduledExecutor(threads.threads("peer-timer"));
    names = Executors.newSingleThreadScheduledExecutor(threads.threads("peer-names"));
    nodes = new NodeList(peers, http, timer, names, resolver, clock);
    admission = new Admission(WINDOW, clock.instant());
    requests =
        new PeerRequests(
            http, new Silence.Patience(peers.answerTimeout(), peers.stallTimeout()), listener);
  }

  /** Begins to ask the peers whether they work. */
  public void start() {
    nodes.start();
  }

  /**
   * An upstream whose content is asked for at its owner first.
   *
   * @param upstream with the names that repositories have in the cache; closed with the result
   * @param identity what tells it from the others of this cache and of its peers
   */
  public Upstream before(Upstream upstream, String identity) {
    return new ClusterUpstream(this, requests, upstream, identity);
  }

  /** Whether to ask another cache for something. */
  public boolean isElsewhere(Target target) {
    return next(target, Set.of()).isPresent();
  }

  /**
   * The cache to ask next: the first one in the order of owners that works and was not asked yet.
   *
   * @return empty when it is this cache's turn to ask the upstream
   */
  Optional<Peer> next(Target target, Set<Peer> asked) {
    if (target.content().isEmpty() || asked.size() >= MOST_ASKED) {
      return Optional.empty();
    }
    for (Peer node : Rendezvous.rank(nodes.nodes(), Peer::name, target.content())) {
      if (node.isSelf()) {
        return Optional.empty();
      }
      if (node.isAlive() && !asked.contains(node)) {
        return Optional.of(node);
      }
    }
    return Optional.empty();
  }

  /** A client has asked for a blob that is not stored here. */
  public void asked(Digest blob) {
    admission.asked(blob, clock.instant());
  }

  /** Whether to store a blob here that another cache stores. */
  public boolean isWorthKeeping(Digest blob) {
    return admission.isOften(blob, clock.instant());
  }

  /** The addresses of the cluster, and what is known about them. */
  public List<PeerState> peers() {
    return nodes.nodes().stream().map(Peer::description).toList();
  }

  /** Ends all requests to peers. */
  @Override
  public void close() {
    timer.shutdownNow();
    names.shutdownNow();
    nodes.close();
    http.close();
  }
}
