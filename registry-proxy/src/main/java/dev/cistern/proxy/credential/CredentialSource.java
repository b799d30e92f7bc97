package dev.cistern.proxy.credential;

import java.io.IOException;
import java.util.Optional;

/**
 * The source of an upstream's credentials. Called by many threads whenever credentials are needed,
 * so an implementation that reads a file or runs a program should remember the result.
 */
public interface CredentialSource {

  /**
   * The credentials to use now; empty for anonymous access.
   *
   * @throws IOException when the credentials cannot be read; its message must not contain them
   */
  Optional<Credentials> credentials() throws IOException;

  /**
   * The credentials to use after the upstream refused some, because remembered ones may be out of
   * date. Called for each refusal, so an expensive implementation should not search again if it has
   * just done so. A source that remembers nothing returns {@link #credentials}.
   *
   * @param refused the credentials of this source that were refused
   * @return the credentials to try instead; the refused ones when there are no others
   * @throws IOException as {@link #credentials} does
   */
  Optional<Credentials> credentialsAfter(Credentials refused) throws IOException;

  /** No credentials: anonymous access, with anonymous tokens if the upstream requires tokens. */
  static CredentialSource anonymous() {
    return FixedCredentials.NONE;
  }

  /** Always the same credentials. */
  static CredentialSource of(Credentials credentials) {
    return new FixedCredentials(Optional.of(credentials));
  }
}
