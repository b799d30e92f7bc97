package dev.cistern.server;

import dev.cistern.server.cli.CommandLineInterface;
import dev.cistern.server.cli.InstalledDrivers;
import dev.cistern.server.cli.ServerRunner;
import dev.cistern.server.cli.StartupException;
import dev.cistern.server.config.ConfigLoader;
import dev.cistern.server.config.ServerConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Starts a server twice, as the packages do it and with metrics, sends it a few requests and stops
 * it. The JVM writes the classes that this needs into a class-data archive (JEP 350), so that later
 * starts need not load and verify them again.
 *
 * <pre>
 * java -XX:ArchiveClassesAtExit=registry-server.jsa -cp registry-server.jar dev.cistern.server.WarmUp
 * java -XX:SharedArchiveFile=registry-server.jsa -jar registry-server.jar serve config.yml
 * </pre>
 *
 * <p>The environment has no effect, as it may ask for tracing. It listens on a free loopback port,
 * contacts no upstream and leaves no files.
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
        remoteurl: https://127.0.0.1:1
        minfree: 1KiB
        ttl: 168h
      """;

  /** As in a container; and what listens for operators. */
  private static final Map<String, String> VARIABLES =
      Map.of(
          "REGISTRY_PROXY_REMOTEURL",
          "https://127.0.0.1:1",
          "REGISTRY_HTTP_DEBUG_ADDR",
          "127.0.0.1:0",
          "REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED",
          "true");

  private WarmUp() {}

  /** Takes no arguments. The exit code is 0 if the server started and stopped. */
  public static void main(String[] args) throws IOException {
    UncaughtErrors.install();
    System.exit(run());
  }

  static int run() throws IOException {
    // To load the classes of Main, which the runner below does not use.
    Main.run(new String[] {"--version"}, Map.of(), nowhere(), nowhere());
    Path directory = Files.createTempDirectory("cistern-warm-up");
    try {
      Path file =
          Files.writeString(directory.resolve("config.yml"), CONFIGURATION.formatted(directory));
      int code = run(file, Map.of());
      return code == 0 ? run(file, VARIABLES) : code;
    } finally {
      deleteWithContent(directory);
    }
  }

  /** With its log, which only a failure makes interesting. */
  private static int run(Path file, Map<String, String> environment) {
    ConfigLoader configuration = new ConfigLoader(InstalledDrivers.keys());
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    int code =
        new CommandLineInterface(
                WarmUp::startAndStop,
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

  private static void startAndStop(ServerConfig config, ServerRunner.Reading again)
      throws StartupException {
    try (RegistryServer server = RegistryServer.start(config, Map.of())) {
      // Else whether the recording has its classes depends on the time.
      server.sweep();
      get(server.address(), "/v2/");
      get(server.address(), "/v2/library/alpine/manifests/latest");
      get(server.address(), "/v2/library/alpine/blobs/sha256:" + "0".repeat(64));
      if (server.debugAddress().isPresent()) {
        get(server.debugAddress().get(), "/metrics");
        get(server.debugAddress().get(), "/readyz");
      }
    } catch (IOException e) {
      throw StartupException.failed(e);
    }
  }

  /** Not by an HTTP client, which would load classes that a server does not need. */
  private static void get(InetSocketAddress server, String path) throws IOException {
    try (Socket socket = new Socket(server.getAddress(), server.getPort())) {
      String request = "GET " + path + " HTTP/1.1\r\nHost: warm-up\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      try (InputStream answer = socket.getInputStream()) {
        answer.readAllBytes();
      }
    }
  }
}
