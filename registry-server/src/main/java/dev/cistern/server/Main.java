package dev.cistern.server;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.server.cli.CacheRunner;
import dev.cistern.server.cli.CommandLineInterface;
import dev.cistern.server.cli.DriverPath;
import dev.cistern.server.cli.InstalledDrivers;
import dev.cistern.server.cli.ServerRunner;
import dev.cistern.server.cli.StartupException;
import dev.cistern.server.config.ConfigException;
import dev.cistern.server.config.ConfigLoader;
import dev.cistern.server.config.LoadedConfig;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.server.config.UnusableConfigException;
import dev.cistern.storage.DriverParameterException;
import dev.cistern.storage.StorageDrivers;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The process: {@code java -jar registry-server.jar serve [config.yml]}. */
public final class Main {

  private static final String NOT_APPLIED =
      "The configuration was not applied, the old one stays in effect";

  private static final Duration MEMORY_BACK = Duration.ofSeconds(10);

  private Main() {}

  public static void main(String[] args) {
    UncaughtErrors.install();
    StandardOutput output = new StandardOutput(new FileOutputStream(FileDescriptor.out));
    PrintStream out = output.printer();
    int code = run(args, System.getenv(), out, System.err);
    out.flush();
    System.exit(output.exitCode(code, System.err));
  }

  /** What {@link #main} does, without ending the process: returns its exit code. */
  static int run(String[] args, Map<String, String> environment, PrintStream out, PrintStream err) {
    try {
      DriverPath.use(args);
    } catch (IOException e) {
      err.println("registry-server: " + e.getMessage());
      return CommandLineInterface.USAGE;
    }
    ConfigLoader configuration = new ConfigLoader(InstalledDrivers.keys(), StorageDrivers::check);
    return new CommandLineInterface(
            (config, again) -> serve(config, again, ServiceManager.of(environment)),
            Main::runCache,
            configuration,
            environment,
            out,
            err)
        .run(args);
  }

  /** The first signal interrupts the work, and a second one ends the process at once. */
  private static void runCache(
      ServerConfig config,
      Map<String, String> environment,
      CacheListener listener,
      CacheRunner.Work work)
      throws StartupException, IOException, InterruptedException {
    Interruption interruption = new Interruption();
    StopSignal stop = StopSignal.handle(Runtime.getRuntime()::halt);
    Thread waiting =
        new Thread(
            () -> {
              try {
                stop.await();
                interruption.signal();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "cistern-signal");
    waiting.setDaemon(true);
    waiting.start();
    CommandCache.run(config, environment, listener, interruption.of(work));
  }

  private static void serve(ServerConfig config, ServerRunner.Reading again, ServiceManager manager)
      throws StartupException, InterruptedException {
    // Before the server says that it listens: from then on, it must not end without being closed.
    StopSignal stop = StopSignal.handle(Runtime.getRuntime()::halt);
    RegistryServer server;
    try {
      server = RegistryServer.start(config);
    } catch (UnusableConfigException | DriverParameterException e) {
      throw StartupException.unusable(e);
    } catch (IOException e) {
      throw StartupException.failed(e);
    }
    NativeMemory.giveBackEvery(MEMORY_BACK);
    SmallHeap.keepSmall();
    if (stop.isHandled()) {
      if (!Signals.handle("HUP", () -> reload(server, again))) {
        LoggerFactory.getLogger(Main.class)
            .info("SIGHUP does not read the configuration again here");
      }
    } else {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server), "cistern-shutdown"));
    }
    manager.ready();
    // The process serves until a signal ends it.
    stop.await();
    manager.stopping();
    stop(server);
  }

  private static void reload(RegistryServer server, ServerRunner.Reading again) {
    Logger log = LoggerFactory.getLogger(Main.class);
    try {
      LoadedConfig loaded = again.read();
      loaded.warnings().forEach(log::warn);
      server.reload(loaded.config());
      log.info("The proxy section of the configuration was read again");
    } catch (ConfigException e) {
      e.warnings().forEach(log::warn);
      e.problems().forEach(error -> log.error(NOT_APPLIED + ": {}", error));
    } catch (IOException e) {
      log.error(NOT_APPLIED + ": {}", e.getMessage());
    } catch (RuntimeException e) {
      log.error(NOT_APPLIED + ": an unexpected error", e);
    }
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
