package dev.cistern.proxy.upstream;

/**
 * A user name and password (or access token) for an upstream. The password appears in no {@code
 * toString}.
 *
 * @param username without colon and control characters (RFC 7617 §2)
 * @param password without control characters
 */
public record Credentials(String username, String password) {

  public Credentials {
    if (username.isEmpty() || username.indexOf(':') >= 0 || hasControl(username)) {
      throw new IllegalArgumentException(
          "user name must not be empty nor hold a colon or control characters");
    }
    if (hasControl(password)) {
      throw new IllegalArgumentException("password must not hold control characters");
    }
  }

  private static boolean hasControl(String value) {
    return value.chars().anyMatch(Character::isISOControl);
  }

  @Override
  public String toString() {
    return "Credentials[username=" + username + ", password=***]";
  }
}
