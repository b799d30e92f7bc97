package dev.cistern.proxy.credential;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Credentials from Docker's {@code config.json}, found as Docker does: from the program in {@code
 * credHelpers} for the registry, or in {@code credsStore} for all, else from {@code auths}. A
 * changed file is read again within a second. The answer of a program is remembered for five
 * minutes, or until it is refused. Without an entry, access is anonymous. Thread-safe.
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
   * @param registry the registry whose credentials to find
   * @throws IOException when the file cannot be read or is not valid; the message names it and the
   *     reason
   */
  public static DockerConfig open(Path path, URI registry) throws IOException {
    return open(path, registry, "docker-credential-", InstantSource.system());
  }

  /**
   * As {@link #open(Path, URI)}.
   *
   * @param programs the prefix of the names of helper programs
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

  /** The helper of this name. For a new name a new helper is made, which remembers nothing yet. */
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
