package dev.cistern.proxy.upstream.http;

/** Which HTTP to speak with an upstream. */
public enum HttpVersion {
  /**
   * HTTP/1.1 only: a connection of its own for each transfer, so that parallel layers do not share
   * one TCP window.
   */
  HTTP_1_1,
  /** HTTP/2 where the upstream offers it over TLS, HTTP/1.1 otherwise. */
  HTTP_2
}
