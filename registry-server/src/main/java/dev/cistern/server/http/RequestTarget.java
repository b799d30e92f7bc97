package dev.cistern.server.http;

import io.undertow.server.HttpServerExchange;

/** The target of a request. */
public final class RequestTarget {

  private RequestTarget() {}

  /**
   * The path as it came: without the authority that requests to proxies carry (RFC 9112 §3.2.2).
   */
  public static String path(HttpServerExchange exchange) {
    String target = exchange.getRequestURI();
    if (!exchange.isHostIncludedInRequestURI()) {
      return target;
    }
    int authority = target.indexOf("://") + 3;
    int path = target.indexOf('/', authority);
    return path < 0 ? "/" : target.substring(path);
  }

  /** The path with its query, without the authority, which may hold a password. */
  static String pathAndQuery(HttpServerExchange exchange) {
    String query = exchange.getQueryString();
    return query.isEmpty() ? path(exchange) : path(exchange) + '?' + query;
  }
}
