package dev.cistern.server.cli;

import dev.cistern.server.config.ConfigException;
import dev.cistern.server.config.ConfigLoader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/**
 * Runs one command and returns its exit code. Errors that an operator can fix are single lines on
 * the error stream, without a stack trace.
 */
public final class CommandLineInterface {

  /** The command succeeded. */
  public static final int OK = 0;

  /** The command failed, or found something wrong. */
  public static final int FAILED = 1;

  /** The arguments or the configuration are wrong. The command has changed nothing. */
  public static final int USAGE = 2;

  /** Wide enough for each synopsis to fit on one line. */
  private static final int HELP_WIDTH = 100;

  private final ServerRunner server;
  private final CacheRunner caches;
  private final ConfigLoader configuration;
  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;

  /**
   * @param server runs the server
   * @param caches runs a cache without a server
   * @param configuration reads configuration files
   * @param environment the variables of the process
   * @param out for results; stays open
   * @param err for errors, usage and the log; stays open
   */
  public CommandLineInterface(
      ServerRunner server,
      CacheRunner caches,
      ConfigLoader configuration,
      Map<String, String> environment,
      PrintStream out,
      PrintStream err) {
    this.server = server;
    this.caches = caches;
    this.configuration = configuration;
    this.environment = Map.copyOf(environment);
    this.out = out;
    this.err = err;
  }

  /** Runs the command that the arguments name and returns the exit code of the process. */
  public int run(String... args) {
    return isServeWithoutOptions(args) ? serve(args) : commands().execute(args);
  }

  /**
   * How images and units start the server. picocli would take a third of the time until the server
   * listens, to read the annotations of all commands.
   */
  private static boolean isServeWithoutOptions(String... args) {
    return (args.length == 1 || (args.length == 2 && isFile(args[1])))
        && args[0].equals(ServeCommand.NAME);
  }

  /** And not an option, or a file with more arguments, for picocli. */
  private static boolean isFile(String arg) {
    return !arg.isEmpty() && arg.charAt(0) != '-' && arg.charAt(0) != '@';
  }

  private int serve(String... args) {
    ServeCommand serve = new ServeCommand(server, configuration, environment, err);
    if (args.length == 2) {
      serve.file = Path.of(args[1]);
    }
    try {
      return serve.call();
    } catch (ConfigException | InterruptedException | RuntimeException e) {
      return ErrorLines.print(e, new PrintWriter(err, true, StandardCharsets.UTF_8));
    }
  }

  private CommandLine commands() {
    ConfiguredStore store = new ConfiguredStore(configuration, environment, err);
    return new CommandLine(new RootCommand())
        .addSubcommand(new ServeCommand(server, configuration, environment, err))
        .addSubcommand(new VerifyCommand(store, out, err, StandardError::isTerminal))
        .addSubcommand(new GcCommand(store, out, err, InstantSource.system()))
        .addSubcommand(new StatsCommand(store, out))
        .addSubcommand(new PurgeCommand(store, out, err))
        .addSubcommand(
            new WarmCommand(
                caches, configuration, environment, out, err, StandardError::isTerminal))
        .addSubcommand(new CheckConfigCommand(configuration, environment, out, err))
        .addSubcommand(new HealthcheckCommand(configuration, environment, out))
        .addSubcommand(new CompletionCommand(out))
        .addSubcommand(help())
        .setUsageHelpWidth(HELP_WIDTH)
        .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
        .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
        .setParameterExceptionHandler(new UsageErrors())
        .setExecutionExceptionHandler(new ErrorLines());
  }

  private static CommandLine help() {
    CommandLine help = new CommandLine(new CommandLine.HelpCommand());
    help.getCommandSpec()
        .usageMessage()
        .header(new String[0])
        .description("Prints the help of a command. Without one, it lists the commands.")
        .footerHeading("%nExamples:%n")
        .footer("  ${COMMAND-FULL-NAME}", "  ${COMMAND-FULL-NAME} serve");
    return help;
  }
}
