package dev.cistern.server.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** What an upstream knows us by. No {@code toString} shows a password. */
public sealed interface UpstreamLogin {

  /** Nothing. */
  record Anonymous() implements UpstreamLogin {}

  /** A user name and a password. */
  record Password(String username, String password) implements UpstreamLogin {
    @Override
    public String toString() {
      return "Password[username=" + username + "]";
    }
  }

  /** A user name, and a file that holds the password. */
  record PasswordFile(String username, Path file) implements UpstreamLogin {}

  /**
   * A program that speaks the protocol of Docker's credential helpers.
   *
   * @param command its name or path
   * @param lifetime for how long what it gives is used, zero for one use; empty: until it is
   *     refused
   */
  record Helper(String command, Optional<Duration> lifetime) implements UpstreamLogin {}

  /** A {@code config.json} of Docker's. */
  record DockerConfig(Path file) implements UpstreamLogin {}
}
