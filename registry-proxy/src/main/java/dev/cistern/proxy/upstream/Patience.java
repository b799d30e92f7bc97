package dev.cistern.proxy.upstream;

/** How much of an answer has to be here in time. */
enum Patience {
  /** The headers; the body may take as long as it keeps coming. */
  HEADERS,
  /** All of it. */
  WHOLE
}
