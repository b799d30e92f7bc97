package dev.cistern.server.cli;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The directory with the jars of further storage drivers: {@code --driver-path}, or else {@code
 * drivers} beside the jar of the server, if it exists.
 *
 * <p>The drivers have a class loader of their own, below that of the server. It is the context
 * class loader of the thread that starts the server, where drivers are looked for.
 */
public final class DriverPath {

  static final String OPTION = "--driver-path";
  private static final String DEFAULT = "drivers";

  private DriverPath() {}

  /**
   * Makes the drivers available to this thread, and to those that it starts.
   *
   * @param args the arguments of the process
   * @throws IOException if the directory that they name cannot be read; the message is for the
   *     operator
   */
  public static void use(String[] args) throws IOException {
    Optional<Path> named = named(args);
    Optional<Path> directory =
        named.isPresent() ? named : besideServer().filter(Files::isDirectory);
    if (directory.isPresent()) {
      use(directory.get());
    }
  }

  private static void use(Path directory) throws IOException {
    List<URL> jars = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".jar")).sorted().toList()) {
        jars.add(url(file));
      }
    } catch (IOException e) {
      throw new IOException(OPTION + " " + directory + " is not a directory that can be read", e);
    }
    if (!jars.isEmpty()) {
      // Open as long as the process runs.
      Thread.currentThread()
          .setContextClassLoader(
              new URLClassLoader(jars.toArray(URL[]::new), DriverPath.class.getClassLoader()));
    }
  }

  private static URL url(Path file) throws MalformedURLException {
    return file.toUri().toURL();
  }

  private static Optional<Path> named(String[] args) {
    for (int i = 0; i < args.length; i++) {
      if (args[i].startsWith(OPTION + "=")) {
        return Optional.of(Path.of(args[i].substring(OPTION.length() + 1)));
      }
      if (args[i].equals(OPTION) && i + 1 < args.length) {
        return Optional.of(Path.of(args[i + 1]));
      }
    }
    return Optional.empty();
  }

  private static Optional<Path> besideServer() {
    CodeSource source = DriverPath.class.getProtectionDomain().getCodeSource();
    try {
      return source == null
          ? Optional.empty()
          : Optional.of(Path.of(source.getLocation().toURI()))
              .filter(Files::isRegularFile)
              .map(jar -> jar.resolveSibling(DEFAULT));
    } catch (URISyntaxException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
