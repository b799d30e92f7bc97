package dev.cistern.server.tls;

/**
 * The file does not contain what it should. The message is the rest of a sentence that starts with
 * the file. It quotes nothing from inside a block, and there is no cause, because a key is secret.
 */
final class PemException extends Exception {

  PemException(String message) {
    super(message);
  }
}
