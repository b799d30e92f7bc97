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

  /** Why the address must not be used: the page would be open to the network without a login. */
  public Optional<String> refusalOfAddress() {
    return addr.filter(address -> use == Use.ENABLED && htpasswd.isEmpty())
        .filter(address -> !address.isLoopback())
        .map(
            address ->
                address
                    + " is not a loopback address, so the status page needs a login; set"
                    + " http.admin.htpasswd, or use localhost:"
                    + address.port());
  }
}
