package dev.cistern.proxy.upstream.http;

import java.util.Map;
import java.util.Optional;

/**
 * One challenge of a {@code WWW-Authenticate} header (RFC 9110 §11.6.1).
 *
 * @param scheme in lower case
 * @param parameters by name in lower case; empty for a challenge without parameters or with a
 *     token68
 */
record Challenge(String scheme, Map<String, String> parameters) {

  Challenge {
    parameters = Map.copyOf(parameters);
  }

  Optional<String> parameter(String name) {
    return Optional.ofNullable(parameters.get(name));
  }
}
