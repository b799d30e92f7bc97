package dev.cistern.proxy.credential;

/**
 * A user name and password (or access token) for an upstream. The password appears in no {@code
 * toString}.
 *
 * @param username without colon and control characters (RFC 7617 §2)
 * @param password without control characters
 */
public record Credentials(String username, String password) {

  /** The user name with which Docker's credential helpers return an identity token. */
  private static final String IDENTITY_TOKEN = "<token>";

  public Credentials {
    if (username.isEmpty() || username.indexOf(':') >= 0 || hasControl(username)) {
      throw new IllegalArgumentException(
          "user name must not be empty, and must not contain a colon or control characters");
    }
    if (hasControl(password)) {
      throw new IllegalArgumentException("password must not contain control characters");
    }
  }

  /**
   * A token that replaces user name and password at the token service (OAuth 2's refresh token,
   * {@code identitytoken} in Docker's {@code config.json}).
   */
  public static Credentials identityToken(String token) {
    return new Credentials(IDENTITY_TOKEN, token);
  }

  /** Whether the password is an identity token, which only token services understand. */
  public boolean isIdentityToken() {
    return username.equals(IDENTITY_TOKEN);
  }

  private static boolean hasControl(String value) {
    return value.chars().anyMatch(Character::isISOControl);
  }

  @Override
  public String toString() {
    return "Credentials[username=" + username + ", password=***]";
  }
}
