package dev.cistern.proxy.credential;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Credentials from a {@code config.json} of Docker's, looked up as Docker does: from the program
 * that {@code credHelpers} names for the registry, or {@code credsStore} for all, else from {@code
 * auths}. The file is read again within a second of its change; what a program gives is remembered
 * for five minutes, or until it is refused. A file without an entry makes access anonymous.
 * Thread-safe.
 */
public final class DockerConfig implements CredentialSource {

  private static final Duration HELPER_LIFETIME = Duration.ofMinutes(5);

  private record Helper(String suffix, CredentialHelper source) {}

  private final RegistryKeys keys;
  private final String programs;
  private final InstantSource clock;
  private final WatchedFile<DockerAuths> file;
  private @Nullable Helper helper; // guarded by this

  private DockerConfig(
      RegistryKeys keys, String programs, InstantSource clock, WatchedFile<DockerAuths> file) {
    this.keys = keys;
    this.programs = programs;
    this.clock = clock;
    this.file = file;
  }

  /**
   * Reads the file for the first time; runs no program.
   *
   * @param registry whose credentials to look up
   * @throws IOException when it cannot be read or is something else; names it, and the reason
   */
  public static DockerConfig open(Path path, URI registry) throws IOException {
    return open(path, registry, "docker-credential-", InstantSource.system());
  }

  /**
   * As {@link #open(Path, URI)}.
   *
   * @param programs what the name of a helper is appended to
   */
  static DockerConfig open(Path path, URI registry, String programs, InstantSource clock)
      throws IOException {
    RegistryKeys keys = RegistryKeys.of(registry);
    return new DockerConfig(
        keys,
        programs,
        clock,
        WatchedFile.open(path, content -> DockerAuths.read(content, keys), clock));
  }

  @Override
  public Optional<Credentials> credentials() throws IOException {
    DockerAuths auths = file.value();
    return auths.helper().isPresent()
        ? helper(auths.helper().get()).credentials()
        : auths.credentials();
  }

  @Override
  public Optional<Credentials> credentialsAfter(Credentials refused) throws IOException {
    DockerAuths auths = file.valueNow();
    return auths.helper().isPresent()
        ? helper(auths.helper().get()).credentialsAfter(refused)
        : auths.credentials();
  }

  /** The helper of this name; with another name comes another, which remembers nothing. */
  private synchronized CredentialHelper helper(String suffix) {
    Helper current = helper;
    if (current == null || !current.suffix().equals(suffix)) {
      HelperProgram program = new HelperProgram(programs + suffix, CredentialHelper.TIMEOUT);
      current = new Helper(suffix, new CredentialHelper(program, keys, HELPER_LIFETIME, clock));
      helper = current;
    }
    return current.source();
  }

  @Override
  public String toString() {
    return "DockerConfig[" + file + "]";
  }
}
