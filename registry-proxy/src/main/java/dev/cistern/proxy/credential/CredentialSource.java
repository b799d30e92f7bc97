package dev.cistern.proxy.credential;

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

  /**
   * The credentials to use after the upstream refused some, as those that were remembered may be
   * out of date. Called for each refusal, so an implementation for which looking is dear does not
   * look again when it just did. By default the same as {@link #credentials}.
   *
   * @param refused what this source gave before
   * @return what to try instead; equal to what was refused when there is nothing better
   * @throws IOException as {@link #credentials} does
   */
  default Optional<Credentials> credentialsAfter(Credentials refused) throws IOException {
    return credentials();
  }

  /** No credentials: anonymous access, with anonymous tokens where the upstream asks for them. */
  static CredentialSource anonymous() {
    return Optional::empty;
  }

  /** Always the same credentials. */
  static CredentialSource of(Credentials credentials) {
    return () -> Optional.of(credentials);
  }
}
