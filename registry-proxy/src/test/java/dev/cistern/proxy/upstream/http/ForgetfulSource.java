package dev.cistern.proxy.upstream.http;

import dev.cistern.proxy.credential.CredentialSource;
import dev.cistern.proxy.credential.Credentials;
import java.io.IOException;
import java.util.Optional;

/** A credential source made of one function, which remembers nothing. */
@FunctionalInterface
interface ForgetfulSource extends CredentialSource {

  @Override
  default Optional<Credentials> credentialsAfter(Credentials refused) throws IOException {
    return credentials();
  }
}
