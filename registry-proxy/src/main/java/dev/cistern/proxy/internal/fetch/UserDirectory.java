package dev.cistern.proxy.internal.fetch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where to put files when nothing says where: into the cache directory of the user, which is on a
 * disk. The system's directory for temporary files is often memory, which a few large blobs fill.
 */
public final class UserDirectory {

  private UserDirectory() {}

  /** The directory with this name for the user of this process. It may not exist. */
  public static Path named(String name) {
    return named(
        name,
        System.getenv(),
        System.getProperty("user.home", ""),
        System.getProperty("java.io.tmpdir"));
  }

  static Path named(String name, Map<String, String> environment, String home, String temporary) {
    return absolute(environment.get("XDG_CACHE_HOME"))
        .or(() -> absolute(home).filter(Files::isWritable).map(user -> user.resolve(".cache")))
        .map(cache -> cache.resolve("cistern").resolve(name))
        .orElseGet(() -> Path.of(temporary, "cistern-" + name));
  }

  private static Optional<Path> absolute(@Nullable String path) {
    // The specification of these directories ignores relative paths.
    return Optional.ofNullable(path)
        .filter(text -> !text.isBlank())
        .map(Path::of)
        .filter(Path::isAbsolute);
  }
}
