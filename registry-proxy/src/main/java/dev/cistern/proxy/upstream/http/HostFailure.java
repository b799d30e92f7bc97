package dev.cistern.proxy.upstream.http;

import java.io.IOException;

/** The failure of a host that is not the registry: of a redirect's target or a token service. */
final class HostFailure extends IOException {

  private final String host;
  private final IOException failure;

  HostFailure(String host, IOException failure) {
    super(host + ": " + failure.getMessage(), failure);
    this.host = host;
    this.failure = failure;
  }

  /** The host, with the port unless it is the default. */
  String host() {
    return host;
  }

  /** What happened. */
  IOException failure() {
    return failure;
  }
}
