package dev.cistern.server.http;

/** Why a client with credentials was not let in. A request without any is no refused login. */
public enum LoginRefusal {
  /** The user does not exist, or has another password. */
  WRONG_PASSWORD,
  /** The token is not valid, or not any more. */
  INVALID_TOKEN,
  /** The token is valid, and does not allow what was asked for. */
  INSUFFICIENT_SCOPE,
  /** Nothing was checked: too many attempts from the network, or too many checks that wait. */
  TOO_MANY_ATTEMPTS
}
