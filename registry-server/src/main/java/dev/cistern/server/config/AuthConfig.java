package dev.cistern.server.config;

import dev.cistern.proxy.policy.ImagePattern;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The section {@code auth:}.
 *
 * @param htpasswd the users and their passwords; empty: clients need none
 * @param anonymous what clients may pull without a login, by the names in the cache
 */
public record AuthConfig(Optional<Htpasswd> htpasswd, List<ImagePattern> anonymous) {

  /**
   * Users in a file.
   *
   * @param realm what clients show when they ask for the password
   */
  public record Htpasswd(String realm, Path path) {}

  /** Everyone may pull everything. */
  public static final AuthConfig NONE = new AuthConfig(Optional.empty(), List.of());

  public AuthConfig {
    anonymous = List.copyOf(anonymous);
  }
}
