package dev.cistern.server;

import dev.cistern.server.cli.CommandLineInterface;
import dev.cistern.server.cli.InstalledDrivers;
import dev.cistern.server.cli.StartupException;
import dev.cistern.server.config.ConfigLoader;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.server.recording.Practice;
import dev.cistern.server.recording.PracticeClient;
import dev.cistern.server.recording.PracticeLoad;
import dev.cistern.server.recording.PracticeUpstream;
import dev.cistern.server.tls.TemporaryIdentity;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;

/**
 * Starts a server three times, as the packages do it, with metrics, and with TLS, sends it requests
 * and stops it. The JVM writes the classes that this needs into a class-data archive (JEP 350), so
 * that later starts need not load and verify them again. Under load, it also learns what to compile
 * and how: JDK 25 keeps that in an AOT cache (JEP 515), so that a server is fast from its first
 * seconds on.
 *
 * <pre>
 * java -XX:ArchiveClassesAtExit=registry-server.jsa -cp registry-server.jar dev.cistern.server.WarmUp
 * java -XX:SharedArchiveFile=registry-server.jsa -jar registry-server.jar serve config.yml
 *
 * java -XX:AOTCacheOutput=registry-server.aot -cp registry-server.jar dev.cistern.server.WarmUp load
 * java -XX:AOTCache=registry-server.aot -jar registry-server.jar serve config.yml
 * </pre>
 *
 * <p>The environment has no effect, as it may ask for tracing. It listens on free loopback ports,
 * contacts only an upstream of its own and leaves no files.
 */
public final class WarmUp {

  /** With the sections of the files in the packages. */
  private static final String CONFIGURATION =
      """
      # %1$s
      version: 0.1

      log:
        level: error
        accesslog:
          disabled: true

      storage:
        filesystem:
          rootdirectory: %1$s/storage

      http:
        addr: 127.0.0.1:0
        draintimeout: 30s

      proxy:
        remoteurl: %2$s
        minfree: 1KiB
        ttl: 168h
      """;

  private static final String NOWHERE = "https://127.0.0.1:1";

  private static final Duration LOAD = Duration.ofSeconds(8);
  private static final Duration TLS_LOAD = Duration.ofSeconds(4);

  private WarmUp() {}

  /**
   * Takes no arguments, or one: {@code load}, then requests come for some seconds; {@code start},
   * then only what does not depend on the time is done, as the same classes must be recorded each
   * time. The exit code is 0 if the server started, answered and stopped.
   */
  public static void main(String[] args) throws IOException {
    UncaughtErrors.install();
    System.exit(
        switch (args.length == 0 ? "" : args[0]) {
          case "load" -> run(LOAD, TLS_LOAD);
          case "start" -> start();
          default -> run(Duration.ZERO, Duration.ZERO);
        });
  }

  static int run(Duration load, Duration tlsLoad) throws IOException {
    Path directory = begin();
    Practice practice = new Practice();
    Path certificate = directory.resolve("certificate.pem");
    Path key = directory.resolve("key.pem");
    SSLContext tls = new TemporaryIdentity(certificate, key).context();
    try (PracticeUpstream plain = new PracticeUpstream(practice, ServerSocketFactory.getDefault());
        PracticeUpstream secure = new PracticeUpstream(practice, tls.getServerSocketFactory())) {
      Path file = configuration(directory, "http://127.0.0.1:" + plain.port());
      SocketFactory sockets = SocketFactory.getDefault();
      int code = run(file, Map.of(), server -> ask(server, practice, sockets, load));
      if (code != 0) {
        return code;
      }
      Map<String, String> inContainer =
          Map.of(
              "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY",
              directory + "/metrics",
              "REGISTRY_PROXY_REMOTEURL",
              "https://127.0.0.1:" + secure.port(),
              "REGISTRY_PROXY_TLS_CA",
              certificate.toString(),
              "REGISTRY_HTTP_DEBUG_ADDR",
              "127.0.0.1:0",
              "REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED",
              "true");
      code = run(file, inContainer, server -> ask(server, practice, sockets, Duration.ZERO));
      if (code != 0) {
        return code;
      }
      Map<String, String> encrypted =
          Map.of(
              "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", directory + "/tls",
              "REGISTRY_HTTP_TLS_CERTIFICATE", certificate.toString(),
              "REGISTRY_HTTP_TLS_KEY", key.toString());
      SocketFactory tlsSockets = tls.getSocketFactory();
      return run(file, encrypted, server -> ask(server, practice, tlsSockets, tlsLoad));
    } finally {
      deleteWithContent(directory);
    }
  }

  /** The upstream refuses connections. */
  static int start() throws IOException {
    Path directory = begin();
    try {
      Path file = configuration(directory, NOWHERE);
      int code = run(file, Map.of(), WarmUp::askWithoutUpstream);
      Map<String, String> inContainer =
          Map.of(
              "REGISTRY_PROXY_REMOTEURL", NOWHERE,
              "REGISTRY_HTTP_DEBUG_ADDR", "127.0.0.1:0",
              "REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED", "true");
      return code == 0 ? run(file, inContainer, WarmUp::askWithoutUpstream) : code;
    } finally {
      deleteWithContent(directory);
    }
  }

  private static Path begin() throws IOException {
    // To load the classes of Main, which the runner below does not use.
    Main.run(new String[] {"--version"}, Map.of(), nowhere(), nowhere());
    return Files.createTempDirectory("cistern-warm-up");
  }

  private static Path configuration(Path directory, String upstream) throws IOException {
    return Files.writeString(
        directory.resolve("config.yml"), CONFIGURATION.formatted(directory, upstream));
  }

  /** What is asked of a server. */
  @FunctionalInterface
  private interface Asking {
    void ask(RegistryServer server) throws IOException;
  }

  private static void ask(
      RegistryServer server, Practice practice, SocketFactory sockets, Duration time)
      throws IOException {
    PracticeLoad load = new PracticeLoad(practice, server.address(), sockets);
    load.once();
    load.during(time);
    askForMetrics(server);
  }

  private static void askWithoutUpstream(RegistryServer server) throws IOException {
    for (String path :
        List.of(
            "/v2/",
            "/v2/library/alpine/manifests/latest",
            "/v2/library/alpine/blobs/sha256:" + "0".repeat(64))) {
      get(server.address(), path);
    }
    askForMetrics(server);
  }

  private static void askForMetrics(RegistryServer server) throws IOException {
    if (server.debugAddress().isPresent()) {
      get(server.debugAddress().get(), "/metrics");
      get(server.debugAddress().get(), "/readyz");
    }
  }

  private static void get(InetSocketAddress server, String path) throws IOException {
    try (PracticeClient client = new PracticeClient(server, SocketFactory.getDefault())) {
      int unused = client.get(path, "Connection: close");
    }
  }

  private static void startAndStop(ServerConfig config, Asking asking) throws StartupException {
    try (RegistryServer server = RegistryServer.start(config, Map.of())) {
      // Else whether the recording has its classes depends on the time.
      server.sweep();
      asking.ask(server);
    } catch (IOException e) {
      throw StartupException.failed(e);
    }
  }

  /** With its log, which only a failure makes interesting. */
  private static int run(Path file, Map<String, String> environment, Asking asking) {
    ConfigLoader configuration = new ConfigLoader(InstalledDrivers.keys());
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    int code =
        new CommandLineInterface(
                (config, again) -> startAndStop(config, asking),
                CommandCache::run,
                configuration,
                environment,
                System.out,
                new PrintStream(log, true, StandardCharsets.UTF_8))
            .run("serve", file.toString());
    if (code != 0) {
      System.err.print(log.toString(StandardCharsets.UTF_8));
    }
    return code;
  }

  private static PrintStream nowhere() {
    return new PrintStream(OutputStream.nullOutputStream());
  }

  private static void deleteWithContent(Path directory) throws IOException {
    try (Stream<Path> tree = Files.walk(directory)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
