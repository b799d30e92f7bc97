package dev.cistern.proxy.credential;

import java.util.Optional;

/** Always the same credentials, or none. */
record FixedCredentials(Optional<Credentials> credentials) implements CredentialSource {

  static final FixedCredentials NONE = new FixedCredentials(Optional.empty());

  @Override
  public Optional<Credentials> credentialsAfter(Credentials refused) {
    return credentials;
  }
}
