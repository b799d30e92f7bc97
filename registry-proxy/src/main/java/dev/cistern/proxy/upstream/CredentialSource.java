package dev.cistern.proxy.upstream;

import java.io.IOException;
import java.util.Optional;

/**
 * Where the credentials of an upstream come from. Asked whenever credentials are needed, from many
 * threads, so an implementation that reads a file or runs a program remembers what it found for as
 * long as that stands.
 */
@FunctionalInterface
public interface CredentialSource {

  /**
   * The credentials to use now, empty for none.
   *
   * @throws IOException when there should be credentials and they cannot be had; its message must
   *     not contain them
   */
  Optional<Credentials> credentials() throws IOException;

  /** No credentials: anonymous access, with anonymous tokens where the upstream asks for them. */
  static CredentialSource anonymous() {
    return Optional::empty;
  }

  /** Always the same credentials. */
  static CredentialSource of(Credentials credentials) {
    return () -> Optional.of(credentials);
  }
}
