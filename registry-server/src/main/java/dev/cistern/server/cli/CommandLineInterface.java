package dev.cistern.server.cli;

import dev.cistern.server.config.ConfigLoader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/**
 * Runs one command and says how it went. What an operator can mend is told in lines on the error
 * stream, without a stack trace.
 */
public final class CommandLineInterface {

  /** The command did what it should. */
  public static final int OK = 0;

  /** The command failed, or has found something wrong. */
  public static final int FAILED = 1;

  /** The arguments or the configuration are wrong; nothing was started. */
  public static final int USAGE = 2;

  private final ServerRunner server;
  private final ConfigLoader configuration;
  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;

  /**
   * @param server what is run to serve
   * @param configuration reads the files that commands are given
   * @param environment the process's variables
   * @param out for what was asked for; stays open
   * @param err for errors, usage and the log; stays open
   */
  public CommandLineInterface(
      ServerRunner server,
      ConfigLoader configuration,
      Map<String, String> environment,
      PrintStream out,
      PrintStream err) {
    this.server = server;
    this.configuration = configuration;
    this.environment = Map.copyOf(environment);
    this.out = out;
    this.err = err;
  }

  /** Runs the command that the arguments name and returns the process's exit code. */
  public int run(String... args) {
    ConfiguredStore store = new ConfiguredStore(configuration, environment, err);
    CommandLine commands =
        new CommandLine(new RootCommand())
            .addSubcommand(new ServeCommand(server, configuration, environment, err))
            .addSubcommand(new VerifyCommand(store, out, err, StandardError::isTerminal))
            .addSubcommand(new GcCommand(store, out, err, InstantSource.system()))
            .addSubcommand(new StatsCommand(store, out))
            .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
            .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8))
            .setErr(new PrintWriter(err, true, StandardCharsets.UTF_8))
            .setExecutionExceptionHandler(new ErrorLines());
    return commands.execute(args);
  }
}
