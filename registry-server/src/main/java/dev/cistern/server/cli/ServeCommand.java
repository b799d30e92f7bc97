package dev.cistern.server.cli;

import dev.cistern.api.Printable;
import dev.cistern.server.config.ConfigException;
import dev.cistern.server.config.ConfigLoader;
import dev.cistern.server.config.LoadedConfig;
import dev.cistern.server.config.LogConfig;
import dev.cistern.server.logging.Logging;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code serve [config.yml]}. */
@Command(
    name = ServeCommand.NAME,
    description = "Runs the cache server until SIGTERM or SIGINT.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:SIGTERM or SIGINT stopped the server",
      "1:the server cannot start",
      "2:the arguments, the configuration or a file that it names are wrong",
      "3:the server ran out of memory",
      "130, 143:a second SIGINT or SIGTERM ended the server before it had stopped"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ${COMMAND-FULL-NAME} /etc/cistern/config.yml",
      "  REGISTRY_HTTP_ADDR=127.0.0.1:5000 ${COMMAND-FULL-NAME}"
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class ServeCommand implements Callable<Integer> {

  static final String NAME = "serve";

  private static final int MAX_LENGTH = 4096;

  private final ServerRunner server;
  private final ConfigLoader configuration;
  private final Map<String, String> environment;
  private final OutputStream log;

  @Parameters(
      arity = "0..1",
      paramLabel = "config.yml",
      description = {
        "The configuration file, in the format of CNCF Distribution's registry. Without it, the"
            + " file that the variable REGISTRY_CONFIGURATION_PATH names. Without that, a cache of"
            + " Docker Hub on port 5000 with its content in ./cistern-data. Variables"
            + " REGISTRY_<SECTION>_<KEY> override single keys."
      })
  @Nullable Path file;

  ServeCommand(
      ServerRunner server,
      ConfigLoader configuration,
      Map<String, String> environment,
      OutputStream log) {
    this.server = server;
    this.configuration = configuration;
    this.environment = environment;
    this.log = log;
  }

  @Override
  public Integer call() throws ConfigException, InterruptedException {
    try {
      return serve(load());
    } catch (ConfigException e) {
      if (e.log().format() == LogConfig.Format.TEXT) {
        throw e;
      }
      // For programs, the lines have the format of the others.
      log(e);
      return CommandLineInterface.USAGE;
    }
  }

  private void log(ConfigException wrong) {
    Logging.configure(wrong.log(), log);
    Logger logger = LoggerFactory.getLogger(ServeCommand.class);
    wrong.warnings().forEach(logger::warn);
    wrong.problems().forEach(logger::error);
    Logging.flush();
  }

  private int serve(LoadedConfig loaded) throws InterruptedException {
    Logging.configure(loaded.config().log(), log);
    Logger logger = LoggerFactory.getLogger(ServeCommand.class);
    logger.info(
        "Cistern {} with {}",
        Version.number(),
        loaded
            .file()
            .map(read -> "the configuration " + read.toAbsolutePath().normalize())
            .orElse("the default configuration"));
    loaded.warnings().forEach(logger::warn);
    try {
      server.run(loaded.config(), this::load);
      return CommandLineInterface.OK;
    } catch (StartupException e) {
      // Logged, not printed: the line has the format of the others.
      logger.error(
          "The server cannot start: {}",
          Printable.line(String.valueOf(e.getMessage()), MAX_LENGTH));
      return e.exitCode();
    } catch (RuntimeException e) {
      logger.error("The server ended by an unexpected error", e);
      return CommandLineInterface.FAILED;
    } finally {
      Logging.flush();
    }
  }

  private LoadedConfig load() throws ConfigException {
    return file == null ? configuration.load(environment) : configuration.load(file, environment);
  }
}
