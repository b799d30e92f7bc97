package dev.cistern.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.config.ConfigLoader;
import dev.cistern.server.config.LogConfig;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.server.logging.Logging;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class CommandLineInterfaceTest {

  private final List<ServerConfig> served = new ArrayList<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private Path directory;

  @BeforeEach
  void writeHere(@TempDir Path directory) {
    this.directory = directory;
  }

  @AfterEach
  void leaveNoLogBehind() {
    Logging.configure(LogConfig.DEFAULT, OutputStream.nullOutputStream());
  }

  private int run(ServerRunner server, Map<String, String> environment, String... args) {
    ConfigLoader loader =
        new ConfigLoader(Map.of("filesystem", Set.of("rootdirectory"), "inmemory", Set.of()));
    PrintStream printer = new PrintStream(out, true, StandardCharsets.UTF_8);
    PrintStream errors = new PrintStream(err, true, StandardCharsets.UTF_8);
    return new CommandLineInterface(
            server, (config, variables, listener, work) -> {}, loader, environment, printer, errors)
        .run(args);
  }

  private int run(String... args) {
    return run(Map.of(), args);
  }

  private int run(Map<String, String> environment, String... args) {
    return run((config, again) -> served.add(config), environment, args);
  }

  private String write(String yaml) throws IOException {
    return Files.writeString(directory.resolve("config.yml"), yaml).toString();
  }

  private List<String> errors() {
    return err.toString(StandardCharsets.UTF_8).lines().toList();
  }

  /** What comes after the line that says what is started. */
  private List<String> errorsOfTheStart() {
    assertThat(errors().get(0)).contains(" INFO  Cistern ");
    return errors().subList(1, errors().size());
  }

  @Test
  void serveWithoutAFileRunsTheDefaults() {
    assertThat(run("serve")).isEqualTo(CommandLineInterface.OK);

    assertThat(served).containsExactly(ServerConfig.defaults());
    assertThat(out.toString(StandardCharsets.UTF_8)).isEmpty();
    assertThat(errors())
        .singleElement()
        .asString()
        .endsWith(" INFO  Cistern (not packaged) with the default configuration");
  }

  @Test
  void serveRunsWhatItsFileSays() throws IOException {
    assertThat(run("serve", write("storage: inmemory"))).isEqualTo(CommandLineInterface.OK);

    assertThat(served)
        .singleElement()
        .satisfies(config -> assertThat(config.storage().driver()).isEqualTo("inmemory"));
  }

  @Test
  void theFileOfTheArgumentIsTakenBeforeThatOfTheEnvironment() throws IOException {
    String file = write("http: {prefix: /a/}");
    Map<String, String> environment =
        Map.of(
            "REGISTRY_CONFIGURATION_PATH", "none.yml", "REGISTRY_LOG_ACCESSLOG_DISABLED", "true");

    assertThat(run((config, again) -> served.add(config), environment, "serve", file))
        .isEqualTo(CommandLineInterface.OK);

    assertThat(served)
        .singleElement()
        .satisfies(
            config -> {
              assertThat(config.http().prefix()).isEqualTo("/a/");
              assertThat(config.log().accessLog()).isEqualTo(LogConfig.AccessLog.DISABLED);
            });
  }

  @Test
  void warningsAndTheServersOwnLinesGoToTheLog() throws IOException {
    String file = write("log: {formatter: json}\nhttp: {secret: hunter2}\n");

    run((config, again) -> LoggerFactory.getLogger("test").info("up"), Map.of(), "serve", file);

    assertThat(errors()).hasSize(3);
    assertThat(errors().get(0))
        .contains("\"msg\":\"Cistern (not packaged) with the configuration " + file + "\"");
    assertThat(errors().get(1))
        .startsWith("{\"time\":")
        .contains("\"level\":\"warn\",\"msg\":\"" + file + ":2: http.secret: has no effect")
        .doesNotContain("hunter2");
    assertThat(errors().get(2)).contains("\"msg\":\"up\"");
  }

  @Test
  void aWrongConfigurationIsToldInLinesAndNothingIsStarted() throws IOException {
    String file = write("http: {adr: x}\nproxi: {}\n");

    assertThat(run("serve", file)).isEqualTo(CommandLineInterface.USAGE);

    assertThat(errors())
        .containsExactly(
            file + ":1: http.adr: unknown key; nearest known key: http.addr",
            file + ":2: proxi: unknown key; nearest known key: proxy");
    assertThat(served).isEmpty();
  }

  @Test
  void aFileThatIsNotThereIsToldInALine() {
    String file = directory.resolve("none.yml").toString();

    assertThat(run("serve", file)).isEqualTo(CommandLineInterface.USAGE);

    assertThat(errors()).containsExactly(file + ": the file does not exist");
  }

  @Test
  void aServerThatCannotStartIsToldInALine() {
    ServerRunner server =
        (config, again) -> {
          throw StartupException.failed(new IOException("cannot listen on :5000:\naddress in use"));
        };

    assertThat(run(server, Map.of(), "serve")).isEqualTo(CommandLineInterface.FAILED);

    assertThat(errorsOfTheStart())
        .singleElement()
        .asString()
        .endsWith(" ERROR The server cannot start: cannot listen on :5000: address in use");
  }

  @Test
  void aServerThatCannotUseWhatTheConfigurationNamesIsAWrongConfiguration() {
    ServerRunner server =
        (config, again) -> {
          throw StartupException.unusable(new IOException("proxy.passwordfile: is empty"));
        };

    assertThat(run(server, Map.of(), "serve")).isEqualTo(CommandLineInterface.USAGE);

    assertThat(errorsOfTheStart()).singleElement().asString().contains("proxy.passwordfile");
  }

  @Test
  void whyAServerCannotStartHasTheFormatOfTheLog() throws IOException {
    String file = write("log: {formatter: json}\n");
    ServerRunner server =
        (config, again) -> {
          throw StartupException.failed(new IOException("no port"));
        };

    assertThat(run(server, Map.of(), "serve", file)).isEqualTo(CommandLineInterface.FAILED);

    assertThat(errors())
        .allSatisfy(line -> assertThat(line).startsWith("{\"time\":").endsWith("}"))
        .last()
        .asString()
        .contains("\"level\":\"error\"", "no port");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "log: {formatter: json}\nfoo: bar\n",
        "log: {formatter: json}\nhttp: {drainTimeout: soon}\n",
        "log:\n  formatter: json\n\n  # Fields\n  fields: {a: b}\nhttp: [1, 2\n",
        "http: {addr: [}\nlog:\n  formatter: json\nproxy: {}\n",
        "log: {formatter: json, levle: debug}\n",
      })
  void errorsOfTheConfigurationHaveTheFormatOfTheLog(String text) throws IOException {
    assertThat(run("serve", write(text))).isEqualTo(CommandLineInterface.USAGE);

    assertThat(errors())
        .isNotEmpty()
        .allSatisfy(
            line ->
                assertThat(line)
                    .startsWith("{\"time\":")
                    .contains("\"level\":\"error\"", "\"logger\":", "config.yml:")
                    .endsWith("}"));
    assertThat(served).isEmpty();
  }

  @Test
  void theEnvironmentGivesTheFormatOfErrorsToo() throws IOException {
    Map<String, String> json = Map.of("REGISTRY_LOG_FORMATTER", "json");
    for (String file : List.of(write("foo: bar\n"), write("- a\n"), "none.yml")) {
      err.reset();
      assertThat(run(json, "serve", file)).isEqualTo(CommandLineInterface.USAGE);
      assertThat(errors()).singleElement().asString().startsWith("{\"time\":").endsWith("}");
    }
  }

  @Test
  void aWrongFormatterIsToldAsText() throws IOException {
    assertThat(run("serve", write("log: {formatter: jsn}\n")))
        .isEqualTo(CommandLineInterface.USAGE);
    assertThat(errors()).singleElement().asString().contains(":1: log.formatter: ");
  }

  @Test
  void whatNobodyForesawKeepsItsStackTrace() {
    ServerRunner server =
        (config, again) -> {
          throw new IllegalStateException("a bug");
        };

    assertThat(run(server, Map.of(), "serve")).isEqualTo(CommandLineInterface.FAILED);

    assertThat(errorsOfTheStart().get(1)).isEqualTo("    java.lang.IllegalStateException: a bug");
    assertThat(errors()).anySatisfy(line -> assertThat(line).contains("at dev.cistern.server.cli"));
  }

  @Test
  void aServerThatIsInterruptedHasNotDoneItsWork() {
    ServerRunner server =
        (config, again) -> {
          throw new InterruptedException();
        };

    assertThat(run(server, Map.of(), "serve")).isEqualTo(CommandLineInterface.FAILED);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(errorsOfTheStart()).isEmpty();
  }
}
