package dev.cistern.server.config;

import dev.cistern.proxy.policy.ImagePattern;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The section {@code auth:}.
 *
 * @param htpasswd the users and their passwords; empty: clients need none
 * @param token who issues tokens; empty: clients need none
 * @param anonymous what clients may pull without a login, by the names in the cache
 */
public record AuthConfig(
    Optional<Htpasswd> htpasswd, Optional<Token> token, List<ImagePattern> anonymous) {

  /**
   * Users in a file.
   *
   * @param realm what clients show when they ask for the password
   */
  public record Htpasswd(String realm, Path path) {}

  /**
   * Tokens of a token service.
   *
   * @param realm the URL where clients get tokens
   * @param service the audience of the tokens: this cache
   * @param issuer who issues them
   * @param rootCertBundle PEM: certificates of the keys that sign, or of their issuers
   * @param jwks a JSON Web Key Set of the keys that sign
   * @param algorithms of signatures, by their names in JSON Web Algorithms
   */
  public record Token(
      String realm,
      String service,
      String issuer,
      Optional<Path> rootCertBundle,
      Optional<Path> jwks,
      List<String> algorithms) {

    public Token {
      algorithms = List.copyOf(algorithms);
    }
  }

  /** Everyone may pull everything. */
  public static final AuthConfig NONE =
      new AuthConfig(Optional.empty(), Optional.empty(), List.of());

  public AuthConfig {
    anonymous = List.copyOf(anonymous);
  }
}
