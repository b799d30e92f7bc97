package dev.cistern.server.config;

/** What a key of the file is good for. */
enum KeyUse {
  /** It changes what the server does. */
  EFFECTIVE,
  /** It is accepted with a warning, and does nothing. */
  WITHOUT_EFFECT,
  /** It is an error. */
  REFUSED
}
