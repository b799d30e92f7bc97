package dev.cistern.server;

import dev.cistern.server.cli.CommandLineInterface;
import dev.cistern.server.cli.InstalledDrivers;
import dev.cistern.server.cli.ServerRunner;
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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
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
        remoteurl: http://127.0.0.1:%2$d
        minfree: 1KiB
        ttl: 168h
      """;

  private static final Duration LOAD = Duration.ofSeconds(8);
  private static final Duration TLS_LOAD = Duration.ofSeconds(4);

  private WarmUp() {}

  /**
   * Takes no arguments, or {@code load}: then requests come for some seconds. The exit code is 0 if
   * the server started, answered and stopped.
   */
  public static void main(String[] args) throws IOException {
    UncaughtErrors.install();
    boolean load = args.length == 1 && args[0].equals("load");
    System.exit(load ? run(LOAD, TLS_LOAD) : run(Duration.ZERO, Duration.ZERO));
  }

  static int run(Duration load, Duration tlsLoad) throws IOException {
    // To load the classes of Main, which the runner below does not use.
    Main.run(new String[] {"--version"}, Map.of(), nowhere(), nowhere());
    Path directory = Files.createTempDirectory("cistern-warm-up");
    Practice practice = new Practice();
    Path certificate = directory.resolve("certificate.pem");
    Path key = directory.resolve("key.pem");
    SSLContext tls = new TemporaryIdentity(certificate, key).context();
    try (PracticeUpstream plain = new PracticeUpstream(practice, ServerSocketFactory.getDefault());
        PracticeUpstream secure = new PracticeUpstream(practice, tls.getServerSocketFactory())) {
      Path file =
          Files.writeString(
              directory.resolve("config.yml"), CONFIGURATION.formatted(directory, plain.port()));
      SocketFactory sockets = SocketFactory.getDefault();
      int code = run(file, Map.of(), new Requests(practice, sockets, load));
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
      code = run(file, inContainer, new Requests(practice, sockets, Duration.ZERO));
      if (code != 0) {
        return code;
      }
      Map<String, String> encrypted =
          Map.of(
              "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", directory + "/tls",
              "REGISTRY_HTTP_TLS_CERTIFICATE", certificate.toString(),
              "REGISTRY_HTTP_TLS_KEY", key.toString());
      return run(file, encrypted, new Requests(practice, tls.getSocketFactory(), tlsLoad));
    } finally {
      deleteWithContent(directory);
    }
  }

  /**
   * What is asked of one server.
   *
   * @param sockets of the clients
   * @param time for how long, after each thing has been asked for
   */
  private record Requests(Practice practice, SocketFactory sockets, Duration time) {

    void startAndStop(ServerConfig config, ServerRunner.Reading again) throws StartupException {
      try (RegistryServer server = RegistryServer.start(config, Map.of())) {
        // Else whether the recording has its classes depends on the time.
        server.sweep();
        PracticeLoad load = new PracticeLoad(practice, server.address(), sockets);
        load.once();
        load.during(time);
        if (server.debugAddress().isPresent()) {
          try (PracticeClient operator =
              new PracticeClient(server.debugAddress().get(), SocketFactory.getDefault())) {
            int unused = operator.get("/metrics") + operator.get("/readyz");
          }
        }
      } catch (IOException e) {
        throw StartupException.failed(e);
      }
    }
  }

  /** With its log, which only a failure makes interesting. */
  private static int run(Path file, Map<String, String> environment, Requests requests) {
    ConfigLoader configuration = new ConfigLoader(InstalledDrivers.keys());
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    int code =
        new CommandLineInterface(
                requests::startAndStop,
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
