package dev.cistern.server.auth;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * A user name and a password, as a client sends them (RFC 7617). Not a record, because its {@code
 * toString} would show the password.
 */
final class BasicCredentials {

  private static final String SCHEME = "Basic ";

  private final String user;
  private final byte[] password;

  /** The password as bytes: bcrypt hashes what was typed, in whatever encoding. */
  BasicCredentials(String user, byte[] password) {
    this.user = user;
    this.password = password.clone();
  }

  /** The credentials in a header {@code Authorization}; empty if it holds none. */
  static Optional<BasicCredentials> parse(String authorization) {
    if (!authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return Optional.empty();
    }
    try {
      byte[] decoded = Base64.getDecoder().decode(authorization.substring(SCHEME.length()).strip());
      int colon = 0;
      while (colon < decoded.length && decoded[colon] != ':') {
        colon++;
      }
      if (colon == decoded.length) {
        return Optional.empty();
      }
      String user =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(decoded, 0, colon)).toString();
      byte[] password = new byte[decoded.length - colon - 1];
      System.arraycopy(decoded, colon + 1, password, 0, password.length);
      return Optional.of(new BasicCredentials(user, password));
    } catch (IllegalArgumentException | CharacterCodingException e) {
      return Optional.empty();
    }
  }

  String user() {
    return user;
  }

  byte[] password() {
    return password.clone();
  }

  /** Whether both are empty: so some clients write that they have no login. */
  boolean isEmpty() {
    return user.isEmpty() && password.length == 0;
  }

  @Override
  public String toString() {
    return "BasicCredentials[" + user + "]";
  }
}
