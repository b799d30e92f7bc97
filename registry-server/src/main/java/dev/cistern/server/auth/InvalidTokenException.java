package dev.cistern.server.auth;

/** A token is not valid. The message says why, for the client and the operator. */
final class InvalidTokenException extends Exception {

  private static final long serialVersionUID = 1;

  InvalidTokenException(String reason) {
    super(reason);
  }
}
