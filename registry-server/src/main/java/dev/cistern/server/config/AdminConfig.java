package dev.cistern.server.config;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * The {@code http.admin} section: the status page and the admin API.
 *
 * @param use whether there is one
 * @param addr the address to listen on; empty: that of {@code http.debug}
 * @param htpasswd the file with the users who may log in; empty: there is no login, and only the
 *     loopback is answered
 */
public record AdminConfig(Use use, Optional<ListenAddress> addr, Optional<Path> htpasswd) {

  /** Whether there is a page. */
  public enum Use {
    ENABLED,
    DISABLED
  }

  public static final AdminConfig DEFAULT =
      new AdminConfig(Use.ENABLED, Optional.empty(), Optional.empty());

  public AdminConfig {
    Objects.requireNonNull(use, "use");
    Objects.requireNonNull(addr, "addr");
    Objects.requireNonNull(htpasswd, "htpasswd");
  }
}
