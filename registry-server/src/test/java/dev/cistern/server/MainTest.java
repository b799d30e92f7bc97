package dev.cistern.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.config.ServerConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {

  private final Path directory;

  MainTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    return Main.run(
        args,
        Map.of(),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "-h"})
  void helpNamesTheCommands(String option) {
    assertThat(run(option)).isZero();

    assertThat(out())
        .contains("Usage: cistern")
        .contains("serve", "verify", "gc", "stats", "--version");
    assertThat(err()).isEmpty();
  }

  @Test
  void helpOfServeNamesTheFileAndWhatHappensWithoutIt() {
    assertThat(run("serve", "--help")).isZero();

    ServerConfig defaults = ServerConfig.defaults();
    assertThat(out())
        .contains("[config.yml]", "REGISTRY_")
        .contains("Docker Hub on port " + defaults.http().addr().port())
        .contains("./" + defaults.storage().parameters().get("rootdirectory"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "-V"})
  void versionIsOneLine(String option) {
    assertThat(run(option)).isZero();

    assertThat(out().lines()).singleElement().asString().startsWith("Cistern ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--bogus", "serve --bogus", "serve one.yml two.yml", ""})
  void wrongArgumentsAreAnsweredWithTheUsage(String args) {
    assertThat(run(args.isEmpty() ? new String[0] : args.split(" ", -1))).isEqualTo(2);

    assertThat(err()).contains("Usage: cistern");
    assertThat(out()).isEmpty();
  }

  @Test
  void aCommandThatThereIsNotIsAnsweredWithTheNearestOne() {
    assertThat(run("verfy")).isEqualTo(2);

    assertThat(err()).contains("'verfy'").contains("Did you mean: cistern verify");
    assertThat(out()).isEmpty();
  }

  private int serve(String configuration) throws IOException {
    return run(
        "serve", Files.writeString(directory.resolve("config.yml"), configuration).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "proxy: {username: u, passwordfile: /nowhere/file}",
        "proxy: {dockerconfig: /nowhere/file}",
        "proxy: {tls: {ca: /nowhere/file}}",
        "proxy: {tls: {certificate: /nowhere/file, key: /nowhere/file}}",
        "proxy: {exec: {command: /nowhere/file}}",
        "http: {addr: '127.0.0.1:0', tls: {certificate: /nowhere/file, key: /nowhere/file}}"
      })
  void aFileThatTheConfigurationNamesAndThatDoesNotExistIsAWrongConfiguration(String sections)
      throws IOException {
    assertThat(serve("storage: {inmemory: {}}\n" + sections)).isEqualTo(2);

    assertThat(err().lines())
        .filteredOn(line -> line.contains(" ERROR "))
        .singleElement()
        .asString()
        .contains("The server cannot start: ", "/nowhere/file");
    assertThat(err()).doesNotContain("Stopped");
  }

  @Test
  void aCredentialHelperThatIsNotInstalledStopsTheStart() throws IOException {
    assertThat(serve("storage: {inmemory: {}}\nproxy: {exec: {command: docker-credential-none}}"))
        .isEqualTo(2);

    assertThat(err()).contains("proxy.exec.command: docker-credential-none is not in the PATH");
  }

  @Test
  void anAddressInUseIsAFailureAndNothingWasStopped() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(
              serve(
                  "storage: {inmemory: {}}\nhttp: {addr: '127.0.0.1:%d'}"
                      .formatted(other.getLocalPort())))
          .isEqualTo(1);
    }

    assertThat(err()).contains("cannot listen on").doesNotContain("Stopped");
  }

  @Test
  void aFileThatIsNotThereIsToldInALine() {
    assertThat(run("serve", "/nowhere/config.yml")).isEqualTo(2);

    assertThat(err())
        .isEqualTo("/nowhere/config.yml: the file does not exist" + System.lineSeparator());
  }
}
