package dev.cistern.proxy.credential;

import dev.cistern.proxy.upstream.CredentialSource;
import dev.cistern.proxy.upstream.Credentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;

/**
 * A user name, and a password that is the content of a file, in UTF-8, without the end of its line.
 * The file is read again within a second of its change. Thread-safe.
 */
public final class PasswordFile implements CredentialSource {

  private final String username;
  private final WatchedFile<Credentials> file;

  private PasswordFile(String username, Path path, InstantSource clock) {
    this.username = username;
    this.file = new WatchedFile<>(path, this::read, clock);
  }

  /** Reads nothing yet. */
  public static PasswordFile of(String username, Path path) {
    return of(username, path, InstantSource.system());
  }

  static PasswordFile of(String username, Path path, InstantSource clock) {
    return new PasswordFile(username, path, clock);
  }

  private Credentials read(byte[] content) throws IOException {
    String password = new String(content, StandardCharsets.UTF_8).replaceFirst("\\R\\z", "");
    if (password.isEmpty()) {
      throw new IOException("is empty; it must hold the password");
    }
    try {
      return new Credentials(username, password);
    } catch (IllegalArgumentException e) {
      throw new IOException("cannot be used: " + e.getMessage(), e);
    }
  }

  @Override
  public Optional<Credentials> credentials() throws IOException {
    return Optional.of(file.value());
  }

  @Override
  public Optional<Credentials> credentialsAfter(Credentials refused) throws IOException {
    return Optional.of(file.valueNow());
  }

  @Override
  public String toString() {
    return "PasswordFile[" + file + "]";
  }
}
