package dev.cistern.proxy.upstream.http;

/** The version of HTTP to use with an upstream. */
public enum HttpVersion {
  /**
   * HTTP/1.1 only: each transfer has its own connection, so that parallel layers do not share one
   * TCP window.
   */
  HTTP_1_1,
  /** HTTP/2 if the upstream offers it over TLS, else HTTP/1.1. */
  HTTP_2
}
