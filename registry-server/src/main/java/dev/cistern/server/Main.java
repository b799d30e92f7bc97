package dev.cistern.server;

import dev.cistern.server.cli.CommandLineInterface;
import dev.cistern.server.cli.InstalledDrivers;
import dev.cistern.server.cli.StartupException;
import dev.cistern.server.config.ConfigLoader;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.server.config.UnusableConfigException;
import dev.cistern.storage.DriverParameterException;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.slf4j.LoggerFactory;

/** The process: {@code java -jar registry-server.jar serve [config.yml]}. */
public final class Main {

  private Main() {}

  public static void main(String[] args) {
    UncaughtErrors.install();
    System.exit(run(args, System.getenv(), System.out, System.err));
  }

  /** What {@link #main} does, without ending the process: returns its exit code. */
  static int run(String[] args, Map<String, String> environment, PrintStream out, PrintStream err) {
    ConfigLoader configuration = new ConfigLoader(InstalledDrivers.keys());
    return new CommandLineInterface(Main::serve, configuration, environment, out, err).run(args);
  }

  private static void serve(ServerConfig config) throws StartupException, InterruptedException {
    RegistryServer server;
    try {
      server = RegistryServer.start(config);
    } catch (UnusableConfigException | DriverParameterException e) {
      throw StartupException.unusable(e);
    } catch (IOException e) {
      throw StartupException.failed(e);
    }
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server), "cistern-shutdown"));
    // The process serves until a signal ends it. The signal runs the hook.
    new CountDownLatch(1).await();
  }

  private static void stop(RegistryServer server) {
    try {
      server.close();
    } catch (IOException e) {
      LoggerFactory.getLogger(Main.class)
          .warn("The server stopped with an error: {}", e.toString());
    }
  }
}
