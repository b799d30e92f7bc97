package dev.cistern.proxy.credential;

import dev.cistern.proxy.upstream.CredentialSource;
import dev.cistern.proxy.upstream.Credentials;
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
  private final InstantSource clock;
  private final WatchedFile<DockerAuths> file;
  private @Nullable Helper helper; // guarded by this

  private DockerConfig(Path path, RegistryKeys keys, InstantSource clock) {
    this.keys = keys;
    this.clock = clock;
    file = new WatchedFile<>(path, content -> DockerAuths.read(content, keys), clock);
  }

  /**
   * Reads nothing yet.
   *
   * @param registry whose credentials to look up
   */
  public static DockerConfig of(Path path, URI registry) {
    return of(path, registry, InstantSource.system());
  }

  static DockerConfig of(Path path, URI registry, InstantSource clock) {
    return new DockerConfig(path, RegistryKeys.of(registry), clock);
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
      HelperProgram program =
          new HelperProgram("docker-credential-" + suffix, CredentialHelper.TIMEOUT);
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
