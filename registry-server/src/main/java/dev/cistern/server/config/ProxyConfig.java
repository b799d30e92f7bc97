package dev.cistern.server.config;

import java.net.URI;
import java.util.Optional;

/**
 * The {@code proxy} section.
 *
 * @param remoteUrl the upstream registry: {@code http} or {@code https}, a host, no user, query or
 *     fragment
 * @param login what the upstream knows us by; empty: anonymous
 */
public record ProxyConfig(URI remoteUrl, Optional<Login> login) {

  public static final ProxyConfig DEFAULT =
      new ProxyConfig(URI.create("https://registry-1.docker.io"), Optional.empty());

  /** A user name and password. {@code toString} hides the password. */
  public record Login(String username, String password) {
    @Override
    public String toString() {
      return "Login[username=" + username + "]";
    }
  }
}
