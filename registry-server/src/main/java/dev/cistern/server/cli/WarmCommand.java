package dev.cistern.server.cli;

import dev.cistern.proxy.content.Platform;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.proxy.upstream.http.Upstreams;
import dev.cistern.server.config.ConfigException;
import dev.cistern.server.config.ConfigLoader;
import dev.cistern.server.config.LoadedConfig;
import dev.cistern.server.config.LogConfig;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.server.http.Routing;
import dev.cistern.server.logging.Logging;
import dev.cistern.server.report.Json;
import dev.cistern.server.report.MachinePlatform;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code warm IMAGE... [--config config.yml | --server URL]}. */
@Command(
    name = "warm",
    description = {
      "Fetches images into the cache before clients ask for them.",
      "",
      "What is cached is not fetched again. An interrupted fetch continues at the next run. With a"
          + " configuration, the command may run while the server runs; run it as the user of the"
          + " server. It listens on no port."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all images are cached",
      "1:an image failed, storage failed, or a signal interrupted the command",
      "2:the arguments, the names of the images or the configuration are wrong; nothing was fetched",
      "130, 143:a signal ended the command with --server, or a second one that with --config"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ${COMMAND-FULL-NAME} alpine:3.20 ghcr.io/owner/image:tag --config /etc/cistern/config.yml",
      "  ${COMMAND-FULL-NAME} --platform linux/arm64 --from images.txt",
      "  ${COMMAND-FULL-NAME} --server https://cache.example:5000 alpine",
      "  kubectl get pods -A -o jsonpath='{.items[*].spec.containers[*].image}' | ${COMMAND-FULL-NAME} --from -"
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class WarmCommand implements Callable<Integer> {

  private static final String ALL = "all";
  private static final String STANDARD_INPUT = "-";
  private static final String IN_MEMORY = "inmemory";

  private final CacheRunner caches;
  private final ConfigLoader configuration;
  private final Map<String, String> environment;
  private final PrintStream out;
  private final PrintStream err;
  private final BooleanSupplier terminal;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..*",
      paramLabel = "IMAGE",
      description =
          "The names of images as clients write them. Without a tag or digest, the tag latest.")
  private List<String> names = List.of();

  @Option(
      names = "--platform",
      paramLabel = "os/arch[/variant]|all",
      description =
          "Which images to fetch if a name means several. By default Linux with the architecture of"
              + " this machine.")
  private @Nullable String platform;

  @Option(
      names = "--from",
      paramLabel = "FILE",
      description =
          "A file with names, separated by spaces or line breaks. # begins a comment. - is standard"
              + " input.")
  private @Nullable String from;

  @Option(
      names = "--config",
      paramLabel = "config.yml",
      description =
          "Warms the storage of this configuration file. Without it, of the file that serve uses.")
  private @Nullable Path file;

  // A group of both would be exclusive, but the error of such a group names its syntax only.
  @ArgGroup(exclusive = false)
  private @Nullable ServerOptions server;

  @Option(names = "--json", description = "Prints the result as one JSON object.")
  private boolean json;

  /**
   * @param terminal whether {@code err} is a terminal
   */
  WarmCommand(
      CacheRunner caches,
      ConfigLoader configuration,
      Map<String, String> environment,
      PrintStream out,
      PrintStream err,
      BooleanSupplier terminal) {
    this.caches = caches;
    this.configuration = configuration;
    this.environment = environment;
    this.out = out;
    this.err = err;
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws ConfigException, InterruptedException {
    Optional<Platform> wanted = wantedPlatform();
    if (server != null) {
      if (file != null) {
        throw wrong("--config warms a storage and --server a running server; use one of them");
      }
      return warmServer(server, wanted);
    }
    LoadedConfig loaded =
        file == null ? configuration.load(environment) : configuration.load(file, environment);
    ServerConfig config = loaded.config();
    if (config.storage().driver().equals(IN_MEMORY)) {
      throw wrong(
          "storage.inmemory is in the memory of the server's process; warm it by --server URL");
    }
    Optional<List<WantedImage>> images = images(Routing.of(config.proxy()));
    return images.isEmpty()
        ? CommandLineInterface.USAGE
        : warmStorage(loaded, images.get(), wanted);
  }

  private Optional<Platform> wantedPlatform() {
    if (platform == null) {
      return Optional.of(MachinePlatform.current());
    }
    try {
      return platform.equals(ALL) ? Optional.empty() : Optional.of(Platform.parse(platform));
    } catch (IllegalArgumentException e) {
      throw wrong(e.getMessage() + ", or all");
    }
  }

  /** The images, all of them checked; empty if a name is wrong. */
  private Optional<List<WantedImage>> images(Routing routing) {
    ImageList list = new ImageList(routing);
    names.forEach(list::add);
    if (from != null) {
      read(list, from);
    }
    list.problems().forEach(err::println);
    if (!list.problems().isEmpty()) {
      return Optional.empty();
    }
    if (list.images().isEmpty()) {
      throw wrong(
          from == null ? "Name one or more images, such as alpine:3.20" : from + " names no image");
    }
    return Optional.of(list.images());
  }

  private void read(ImageList list, String source) {
    boolean isInput = source.equals(STANDARD_INPUT);
    if (!isInput && Files.isDirectory(Path.of(source))) {
      throw wrong("--from: " + source + " is a directory; name a file");
    }
    try (Reader reader =
        isInput
            ? new InputStreamReader(System.in, StandardCharsets.UTF_8)
            : Files.newBufferedReader(Path.of(source))) {
      list.read(reader, isInput ? "standard input" : source);
    } catch (NoSuchFileException e) {
      throw wrong("--from: the file " + source + " does not exist");
    } catch (AccessDeniedException e) {
      throw wrong("--from: no permission to read " + source);
    } catch (CharacterCodingException e) {
      throw wrong("--from: " + source + " is not UTF-8 text");
    } catch (IOException e) {
      throw wrong("--from: cannot read " + source + ": " + e.getMessage());
    }
  }

  private int warmStorage(LoadedConfig loaded, List<WantedImage> images, Optional<Platform> wanted)
      throws InterruptedException {
    StoreWatch watch = new StoreWatch();
    try (WarmDisplay display = display()) {
      Logging.configure(ConfiguredStore.quiet(loaded.config().log()), display.log());
      Logger logger = LoggerFactory.getLogger(WarmCommand.class);
      loaded.warnings().forEach(logger::warn);
      WarmRun run = run(WarmResult.Target.STORAGE, images, wanted, display);
      try {
        caches.run(loaded.config(), environment, watch, cache -> run.run(cache, watch));
      } catch (StartupException e) {
        err.println(e.getMessage());
        return e.exitCode();
      } catch (IOException e) {
        watch.add(StorageException.message(e));
      }
      return end(
          new WarmResult(
              WarmResult.Target.STORAGE, wanted, run.results(), watch.problems(run.blobs())));
    }
  }

  private int warmServer(ServerOptions options, Optional<Platform> wanted) {
    Optional<List<WantedImage>> images = images(Routing.asWritten());
    if (images.isEmpty()) {
      return CommandLineInterface.USAGE;
    }
    UpstreamConfig reached;
    try {
      reached = options.client(environment);
    } catch (IllegalArgumentException | IOException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
    try (WarmDisplay display = display();
        RegistryClient client = new RegistryClient(Upstreams.connect(reached))) {
      Logging.configure(ConfiguredStore.quiet(LogConfig.DEFAULT), display.log());
      WarmRun run = run(WarmResult.Target.SERVER, images.get(), wanted, display);
      run.run(client);
      return end(new WarmResult(WarmResult.Target.SERVER, wanted, run.results(), List.of()));
    }
  }

  private WarmDisplay display() {
    return !json && terminal.getAsBoolean() ? new WarmBars(err) : new WarmLines(err);
  }

  private WarmRun run(
      WarmResult.Target warmed,
      List<WantedImage> images,
      Optional<Platform> wanted,
      WarmDisplay display) {
    return new WarmRun(
        images,
        wanted,
        display,
        image -> {
          if (!json) {
            WarmResult.print(warmed, image, out, err);
          }
        });
  }

  private int end(WarmResult result) {
    if (json) {
      Json.print(out, result::write);
    } else {
      result.printEnd(out, err);
    }
    return result.isFailed() ? CommandLineInterface.FAILED : CommandLineInterface.OK;
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
