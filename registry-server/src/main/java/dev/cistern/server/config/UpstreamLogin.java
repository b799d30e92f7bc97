package dev.cistern.server.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** The credentials for an upstream, or where to find them. No {@code toString} shows a password. */
public sealed interface UpstreamLogin {

  /** No credentials. */
  record Anonymous() implements UpstreamLogin {}

  /** A user name and a password. */
  record Password(String username, String password) implements UpstreamLogin {
    @Override
    public String toString() {
      return "Password[username=" + username + "]";
    }
  }

  /** A user name, and a file that contains the password. */
  record PasswordFile(String username, Path file) implements UpstreamLogin {}

  /**
   * A program that speaks the protocol of Docker's credential helpers.
   *
   * @param command its name or path
   * @param lifetime how long to use what it returns, zero for one use; empty: until the upstream
   *     refuses it
   */
  record Helper(String command, Optional<Duration> lifetime) implements UpstreamLogin {}

  /** A {@code config.json} of Docker. */
  record DockerConfig(Path file) implements UpstreamLogin {}
}
