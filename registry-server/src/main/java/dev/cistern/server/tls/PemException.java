package dev.cistern.server.tls;

/**
 * What was read is not what was looked for. The message completes a sentence that begins with the
 * file, and quotes nothing from inside a block. There is no cause, for the same reason.
 */
final class PemException extends Exception {

  PemException(String message) {
    super(message);
  }
}
