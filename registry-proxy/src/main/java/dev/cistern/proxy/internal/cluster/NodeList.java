package dev.cistern.proxy.internal.cluster;

import dev.cistern.proxy.internal.concurrent.Repeated;
import dev.cistern.proxy.peer.Peers;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses of the cluster: those of the configuration, or those that a name has in DNS now.
 * When DNS fails, the last answer stays. Thread-safe.
 */
final class NodeList {

  private static final Logger log = LoggerFactory.getLogger(NodeList.class);

  private static final Duration RESOLVED_AGAIN = Duration.ofSeconds(5);

  /** Resolves a name; may block. */
  @FunctionalInterface
  interface Resolver {
    InetAddress[] resolve(String host) throws UnknownHostException;
  }

  private final Peers peers;
  private final PeerHttp http;
  private final ScheduledExecutorService timer;
  private final ScheduledExecutorService names;
  private final Resolver resolver;
  private final InstantSource clock;
  private volatile List<Peer> nodes = List.of();
  private boolean failing; // used by one thread
  private boolean warned; // guarded by this

  /**
   * @param timer asks peers again; must not block
   * @param names resolves names, one after the other
   */
  NodeList(
      Peers peers,
      PeerHttp http,
      ScheduledExecutorService timer,
      ScheduledExecutorService names,
      Resolver resolver,
      InstantSource clock) {
    this.clock = clock;
    this.peers = peers;
    this.http = http;
    this.timer = timer;
    this.names = names;
    this.resolver = resolver;
  }

  /** Begins to ask the peers. */
  void start() {
    if (peers.service().isEmpty()) {
      replaceBy(peers.addresses());
    } else {
      URI service = peers.service().get();
      Future<?> unused =
          names.scheduleWithFixedDelay(
              new Repeated("Resolving proxy.peers.dns", () -> resolve(service)),
              0,
              RESOLVED_AGAIN.toMillis(),
              TimeUnit.MILLISECONDS);
    }
    try {
      Future<?> unused = timer.schedule(this::warnIfWithoutSelf, 1, TimeUnit.MINUTES);
    } catch (RejectedExecutionException e) {
      log.debug("The cache is closed already");
    }
  }

  private void resolve(URI service) {
    try {
      replaceBy(
          Stream.of(resolver.resolve(service.getHost()))
              .map(address -> at(service, address))
              .toList());
      failing = false;
    } catch (UnknownHostException | RuntimeException e) {
      if (!failing) {
        log.warn(
            "proxy.peers.dns: {} cannot be resolved ({}); the last known addresses stay in use",
            service.getHost(),
            e.getMessage());
      }
      failing = true;
    }
  }

  private static URI at(URI service, InetAddress address) {
    String host = address.getHostAddress();
    int zone = host.indexOf('%');
    String literal =
        address instanceof Inet6Address
            ? "[" + (zone < 0 ? host : host.substring(0, zone)) + "]"
            : host;
    return URI.create(service.getScheme() + "://" + literal + ":" + service.getPort());
  }

  /** Takes up other addresses. Those that stay keep what is known about them. */
  private synchronized void replaceBy(List<URI> addresses) {
    List<Peer> before = nodes;
    List<Peer> after = new ArrayList<>();
    Set<URI> wanted = new LinkedHashSet<>(addresses);
    for (Peer node : before) {
      if (wanted.remove(node.address())) {
        after.add(node);
      } else {
        node.leave();
        log.info("Peer {} has left the cluster", node.name());
      }
    }
    for (URI address : wanted) {
      Peer.State state =
          peers.self().filter(address::equals).isPresent() ? Peer.State.SELF : Peer.State.UNKNOWN;
      Peer added = new Peer(address, state, http, timer, clock);
      after.add(added);
      added.check();
    }
    nodes = List.copyOf(after);
  }

  /** All nodes that are known, this cache included. */
  List<Peer> nodes() {
    return nodes;
  }

  /** Makes all who wait for a peer go on without it. */
  void close() {
    nodes.forEach(Peer::leave);
  }

  private synchronized void warnIfWithoutSelf() {
    if (!warned && nodes.stream().noneMatch(Peer::isSelf)) {
      warned = true;
      log.warn(
          "None of the addresses of proxy.peers is known to be this server, so no other server asks"
              + " it for content at an address that it knows; set proxy.peers.self, and let each"
              + " server reach its own address");
    }
  }
}
