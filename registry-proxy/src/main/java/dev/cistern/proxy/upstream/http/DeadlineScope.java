package dev.cistern.proxy.upstream.http;

/** How much of an answer has to be here in time; the headers always. */
enum DeadlineScope {
  /** No more; the body may take as long as it keeps coming. */
  HEADERS,
  /** The body too. */
  WHOLE
}
