package dev.cistern.server.http;

import dev.cistern.proxy.policy.AccessRules;
import dev.cistern.proxy.policy.DeletedTags;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.policy.Prefetch;
import dev.cistern.proxy.policy.RangeFetch;
import dev.cistern.proxy.report.PeerState;
import dev.cistern.server.RegistryServer;
import dev.cistern.server.config.CredentialsConfig;
import dev.cistern.server.config.CredentialsConfig.PlainHttp;
import dev.cistern.server.config.DebugConfig;
import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.HttpLimits;
import dev.cistern.server.config.ListenAddress;
import dev.cistern.server.config.LogConfig;
import dev.cistern.server.config.NetworkConfig;
import dev.cistern.server.config.ProxyConfig;
import dev.cistern.server.config.RegistryConfig;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.server.config.StorageConfig;
import dev.cistern.server.config.UpstreamLogin;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** The server, listening on a port of the loopback, and an HTTP client for it. */
final class RunningServer implements Closeable {

  static final Duration DEADLINE = Duration.ofSeconds(20);

  static final HttpConfig LOOPBACK = listening(0);

  /** With metrics on another port. */
  static final HttpConfig WITH_METRICS =
      new HttpConfig(
          LOOPBACK.addr(),
          "/",
          Optional.empty(),
          Map.of(),
          Duration.ZERO,
          HttpLimits.DEFAULT,
          Optional.empty(),
          HttpConfig.Http2.ENABLED,
          Optional.of(new DebugConfig(LOOPBACK.addr(), Optional.of("/metrics"))));

  private final RegistryServer server;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private RunningServer(RegistryServer server) {
    this.server = server;
  }

  static RunningServer start(ServerConfig config) throws IOException {
    return start(config, Map.of());
  }

  /** Starts a server in a process with these variables. */
  static RunningServer start(ServerConfig config, Map<String, String> environment)
      throws IOException {
    return new RunningServer(RegistryServer.start(config, environment));
  }

  static RunningServer start(FakeUpstream upstream, StorageConfig storage) throws IOException {
    return start(config(upstream, storage, LOOPBACK));
  }

  static ServerConfig config(FakeUpstream upstream, StorageConfig storage, HttpConfig http) {
    return new ServerConfig(
        LogConfig.DEFAULT, storage, http, proxy(upstream, new UpstreamLogin.Anonymous()));
  }

  /** The upstream, asked each time and not remembered for what it does not have. */
  static ProxyConfig proxy(FakeUpstream upstream, UpstreamLogin login) {
    return ProxyConfig.of(
        registry(upstream.uri(), new CredentialsConfig(login, List.of(), PlainHttp.REFUSED)));
  }

  /** A registry that is asked each time and not remembered for what it does not have. */
  static RegistryConfig registry(URI url, CredentialsConfig credentials) {
    return new RegistryConfig(
        "docker.io",
        RegistryConfig.Naming.ASSUMED,
        url,
        List.of(),
        credentials,
        NetworkConfig.DEFAULT,
        new RegistryConfig.Reuse(
            FreshnessPolicy.DEFAULT,
            Duration.ZERO,
            DeletedTags.SERVE,
            Prefetch.OFF,
            RangeFetch.WHOLE),
        AccessRules.NONE);
  }

  /** On any port of the loopback. */
  static HttpConfig listening(String prefix, Map<String, List<String>> headers, Duration drain) {
    return new HttpConfig(
        LOOPBACK.addr(),
        prefix,
        Optional.empty(),
        headers,
        drain,
        HttpLimits.DEFAULT,
        Optional.empty(),
        HttpConfig.Http2.ENABLED,
        Optional.empty());
  }

  /** On a port of the loopback. */
  static HttpConfig listening(int port) {
    return new HttpConfig(
        new ListenAddress(Optional.of("127.0.0.1"), port),
        "/",
        Optional.empty(),
        Map.of(),
        Duration.ZERO,
        HttpLimits.DEFAULT,
        Optional.empty(),
        HttpConfig.Http2.ENABLED,
        Optional.empty());
  }

  static StorageConfig inDirectory(Path directory) {
    return new StorageConfig("filesystem", Map.of("rootdirectory", directory.toString()));
  }

  /** Storage whose bytes lie in no file. */
  static StorageConfig inMemory() {
    return new StorageConfig("inmemory", Map.of());
  }

  int openConnections() {
    return server.openConnections();
  }

  InetSocketAddress address() {
    return server.address();
  }

  /** The addresses of the cluster. */
  List<PeerState> peers() {
    return server.peers();
  }

  /** Where the status page is. */
  InetSocketAddress pageAddress() {
    return new InetSocketAddress(
        InetAddress.getLoopbackAddress(), server.pageAddress().orElseThrow().getPort());
  }

  int debugPort() {
    return server.debugAddress().orElseThrow().getPort();
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + address().getPort() + path);
  }

  /** The series of the debug listener, with their labels as they are printed. */
  Map<String, Double> scrape() {
    URI uri =
        URI.create(
            "http://127.0.0.1:" + server.debugAddress().orElseThrow().getPort() + "/metrics");
    String text =
        client
            .sendAsync(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
            .join()
            .body();
    return text.lines()
        .filter(line -> !line.startsWith("#"))
        .collect(
            Collectors.toMap(
                line -> line.substring(0, line.lastIndexOf(' ')),
                line -> Double.valueOf(line.substring(line.lastIndexOf(' ') + 1))));
  }

  RawClient connect() throws IOException {
    return new RawClient(address());
  }

  /**
   * Asks.
   *
   * @param headers names and values in turn
   */
  HttpResponse<byte[]> ask(String method, String path, String... headers) {
    return askLater(method, path, headers).join();
  }

  CompletableFuture<HttpResponse<byte[]>> askLater(String method, String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .timeout(DEADLINE);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.sendAsync(request.build(), BodyHandlers.ofByteArray());
  }

  HttpResponse<byte[]> get(String path, String... headers) {
    return ask("GET", path, headers);
  }

  HttpResponse<byte[]> head(String path, String... headers) {
    return ask("HEAD", path, headers);
  }

  /** Takes up a changed configuration, as {@link RegistryServer#reload}. */
  void reload(ServerConfig changed) throws IOException {
    server.reload(changed);
  }

  /** Waits until storage has so many repositories. */
  void awaitListed(int repositories) {
    ServerTest.await(
        () ->
            new String(get("/v2/_catalog").body(), StandardCharsets.UTF_8).split(",", -1).length
                == repositories);
  }

  /** Stops the server, as {@link RegistryServer#close}. */
  void stop() throws IOException {
    server.close();
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
