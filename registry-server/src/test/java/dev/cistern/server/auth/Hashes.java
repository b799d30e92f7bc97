package dev.cistern.server.auth;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.springframework.security.crypto.bcrypt.BCrypt;

/** Lines of htpasswd files, at the least cost. */
final class Hashes {

  private Hashes() {}

  /** As {@code htpasswd -nbB -C 4} prints it. */
  static String line(String user, String password) {
    return user + ":" + BCrypt.hashpw(password, BCrypt.gensalt("$2y", 4)) + "\n";
  }

  /** The header of these. */
  static String basic(String user, String password) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
  }
}
