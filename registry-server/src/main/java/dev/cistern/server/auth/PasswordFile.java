package dev.cistern.server.auth;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.security.crypto.bcrypt.BCrypt;

/**
 * The users and passwords of a htpasswd file, which is read again within two seconds after a
 * change. Remembers which passwords were right until the file changes, in bounded memory and
 * without the passwords. Thread-safe.
 */
public final class PasswordFile {

  private static final Logger log = LoggerFactory.getLogger(PasswordFile.class);

  private static final int MOST_VERIFIED = 10_000;

  /** One content of the file, with what was verified by it. */
  private record Users(Htpasswd file, BoundedMap<CredentialKey, Boolean> verified) {}

  private final WatchedFile<Users> file;

  private PasswordFile(WatchedFile<Users> file) {
    this.file = file;
  }

  /**
   * Reads a file, and watches it from now on. Logs the numbers of the lines that are not usable.
   *
   * @param key the key in the configuration that names the file
   * @param threads must be closed after the last use of this
   * @throws IOException if the file is not readable; the message is for the operator
   */
  public static PasswordFile open(String key, Path path, AuthThreads threads) throws IOException {
    WatchedFile<Users> file = WatchedFile.open(key, path, content -> users(key, path, content));
    threads.watch(file);
    return new PasswordFile(file);
  }

  private static Users users(String key, Path path, byte[] content) {
    Htpasswd users = Htpasswd.parse(content);
    users
        .complaints()
        .forEach(
            complaint ->
                log.warn(
                    "{}: {}: {}; this line is ignored. Write it with: htpasswd -B",
                    key,
                    path,
                    complaint));
    if (users.size() == 0) {
      log.warn(
          "{}: {} {}, so no user can log in. Write users to a file with htpasswd -B and set {} to"
              + " it, or remove {}",
          key,
          path,
          Files.isDirectory(path) ? "is a directory" : "contains no user",
          key,
          key.startsWith("auth.") ? "the section auth" : key);
    }
    return new Users(users, new BoundedMap<>(MOST_VERIFIED));
  }

  /** Whether these were verified since the file last changed. Does not block. */
  boolean hasVerified(CredentialKey key) {
    return file.value().verified().get(key) != null;
  }

  /**
   * Whether a user has this password. Takes a processor for about a tenth of a second, as long for
   * a user that does not exist; so call it on {@link AuthThreads}.
   */
  boolean verify(BasicCredentials credentials) {
    Users users = file.value();
    Optional<String> hash = users.file().hash(credentials.user());
    boolean right =
        BCrypt.checkpw(credentials.password(), hash.orElse(users.file().dummy()))
            && hash.isPresent();
    if (right) {
      users.verified().put(CredentialKey.of(credentials), true);
    }
    return right;
  }

  /** Reads the file again, for tests. */
  void check() {
    file.check();
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
