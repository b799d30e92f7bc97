package dev.cistern.server.http;

import dev.cistern.proxy.peer.Peers;
import dev.cistern.proxy.policy.AccessRules;
import dev.cistern.proxy.policy.DeletedTags;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.policy.Prefetch;
import dev.cistern.proxy.policy.RangeFetch;
import dev.cistern.proxy.report.PeerState;
import dev.cistern.server.config.CredentialsConfig;
import dev.cistern.server.config.LogConfig;
import dev.cistern.server.config.NetworkConfig;
import dev.cistern.server.config.PeersConfig;
import dev.cistern.server.config.ProxyConfig;
import dev.cistern.server.config.RegistryConfig;
import dev.cistern.server.config.ServerConfig;
import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** Servers that know each other, each with storage of its own. */
final class PeerCluster implements Closeable {

  static final String SECRET = "a secret for the servers of a test";

  /** Long enough for a machine that is busy. */
  static final Duration ANSWER = Duration.ofSeconds(2);

  private final Path directory;
  private final FakeUpstream upstream;
  private final List<KeptPort> ports = new ArrayList<>();
  private final List<RunningServer> servers = new ArrayList<>();
  private final Set<Integer> stopped = new HashSet<>();
  private final FreshnessPolicy freshness;
  private NetworkConfig network = NetworkConfig.DEFAULT;

  /** Reserves ports for so many servers. */
  PeerCluster(int servers, FakeUpstream upstream, Path directory) throws IOException {
    this(servers, upstream, directory, FreshnessPolicy.DEFAULT);
  }

  PeerCluster(int servers, FakeUpstream upstream, Path directory, FreshnessPolicy freshness)
      throws IOException {
    this.upstream = upstream;
    this.directory = directory;
    this.freshness = freshness;
    for (int i = 0; i < servers; i++) {
      ports.add(new KeptPort());
    }
  }

  /** Limits what servers that start from now on fetch from the upstream. */
  void limit(NetworkConfig.Transfers transfers) {
    network =
        new NetworkConfig(
            network.timeouts(),
            transfers,
            network.tls(),
            network.httpProxy(),
            network.httpVersion(),
            network.trustedRedirects());
  }

  /** Starts all servers, and waits until they know each other. */
  PeerCluster start() throws IOException {
    for (int i = 0; i < ports.size(); i++) {
      start(i, addresses(), SECRET);
    }
    servers.forEach(server -> awaitPeers(server, ports.size()));
    return this;
  }

  /** Starts one server. */
  RunningServer start(int index, List<URI> addresses, String secret) throws IOException {
    RunningServer server = RunningServer.start(config(index, addresses, secret));
    servers.add(server);
    return server;
  }

  ServerConfig config(int index, List<URI> addresses, String secret) {
    RegistryConfig registry =
        new RegistryConfig(
            "docker.io",
            RegistryConfig.Naming.ASSUMED,
            upstream.uri(),
            List.of(),
            CredentialsConfig.DEFAULT,
            network,
            new RegistryConfig.Reuse(
                freshness, Duration.ZERO, DeletedTags.SERVE, Prefetch.OFF, RangeFetch.WHOLE),
            AccessRules.NONE);
    return new ServerConfig(
        LogConfig.DEFAULT,
        RunningServer.inDirectory(directory.resolve("node-" + index)),
        RunningServer.listening(port(index)),
        ProxyConfig.of(registry)
            .withPeers(
                new PeersConfig(
                    addresses,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(secret),
                    Optional.empty(),
                    Optional.empty(),
                    ANSWER,
                    Duration.ofSeconds(20))));
  }

  /** Waits until a server has found itself and works with all others. */
  static void awaitPeers(RunningServer server, int count) {
    ServerTest.await(
        () ->
            server.peers().size() == count
                && server.peers().stream()
                    .noneMatch(peer -> peer.role() == PeerState.Role.FAILING));
  }

  int port(int index) {
    return ports.get(index).number();
  }

  URI address(int index) {
    return Peers.address("127.0.0.1:" + port(index));
  }

  List<URI> addresses() {
    return IntStream.range(0, ports.size()).mapToObj(this::address).toList();
  }

  RunningServer node(int index) {
    return servers.get(index);
  }

  List<RunningServer> nodes() {
    return List.copyOf(servers);
  }

  /** Stops a server at once, in the middle of what it sends. */
  void stop(int index) {
    if (stopped.add(index)) {
      servers.get(index).close();
    }
  }

  /** The servers in the order in which they own some content, as docs/cluster.md says. */
  List<Integer> owners(Object content) {
    return IntStream.range(0, ports.size())
        .boxed()
        .sorted(
            Comparator.<Integer>comparingLong(
                    index -> weight(address(index).getAuthority(), content))
                .reversed())
        .toList();
  }

  static long weight(String node, Object content) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest((node + "\n" + content).getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(hash).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    for (int i = 0; i < servers.size(); i++) {
      stop(i);
    }
    for (KeptPort port : ports) {
      port.close();
    }
  }
}
