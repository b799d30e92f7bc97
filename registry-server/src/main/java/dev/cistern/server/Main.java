package dev.cistern.server;

import dev.cistern.server.cli.CommandLineInterface;
import dev.cistern.server.cli.InstalledDrivers;
import dev.cistern.server.cli.ServerRunner;
import dev.cistern.server.cli.StartupException;
import dev.cistern.server.config.ConfigLoader;
import java.io.PrintStream;
import java.util.Map;

/** The process: {@code java -jar registry-server.jar serve [config.yml]}. */
public final class Main {

  /** The one place where the command line meets the server. */
  private static final ServerRunner SERVER =
      config -> {
        throw new StartupException("this build has no server in it");
      };

  private Main() {}

  public static void main(String[] args) {
    System.exit(run(args, System.getenv(), System.out, System.err));
  }

  /** What {@link #main} does, without ending the process: returns its exit code. */
  static int run(String[] args, Map<String, String> environment, PrintStream out, PrintStream err) {
    ConfigLoader configuration = new ConfigLoader(InstalledDrivers.keys());
    return new CommandLineInterface(SERVER, configuration, environment, out, err).run(args);
  }
}
