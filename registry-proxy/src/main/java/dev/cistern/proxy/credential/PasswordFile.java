package dev.cistern.proxy.credential;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;

/**
 * A user name, and a password from a file in UTF-8, without the line break at its end. A changed
 * file is read again within a second. Thread-safe.
 */
public final class PasswordFile implements CredentialSource {

  private final WatchedFile<Credentials> file;

  private PasswordFile(WatchedFile<Credentials> file) {
    this.file = file;
  }

  /**
   * Reads the file for the first time.
   *
   * @throws IOException when it cannot be read or contains no password; the message names it and
   *     the reason
   */
  public static PasswordFile open(String username, Path path) throws IOException {
    return open(username, path, InstantSource.system());
  }

  static PasswordFile open(String username, Path path, InstantSource clock) throws IOException {
    return new PasswordFile(WatchedFile.open(path, content -> read(username, content), clock));
  }

  private static Credentials read(String username, byte[] content) throws IOException {
    String password = new String(content, StandardCharsets.UTF_8).replaceFirst("\\R\\z", "");
    if (password.isEmpty()) {
      throw new IOException("is empty; it must contain the password");
    }
    try {
      return new Credentials(username, password);
    } catch (IllegalArgumentException e) {
      throw new IOException("is not usable: " + e.getMessage(), e);
    }
  }

  @Override
  public Optional<Credentials> credentials() {
    return Optional.of(file.value());
  }

  @Override
  public Optional<Credentials> credentialsAfter(Credentials refused) {
    return Optional.of(file.valueNow());
  }

  @Override
  public String toString() {
    return "PasswordFile[" + file + "]";
  }
}
