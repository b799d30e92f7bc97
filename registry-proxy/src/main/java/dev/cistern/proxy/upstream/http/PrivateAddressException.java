package dev.cistern.proxy.upstream.http;

import java.net.ProtocolException;
import okhttp3.Request;

/** A request was not sent, because its host has a private address and must have a public one. */
final class PrivateAddressException extends ProtocolException {

  private final String host;

  PrivateAddressException(String host) {
    this(host, host + " has a private address");
  }

  private PrivateAddressException(String host, String message) {
    super(message);
    this.host = host;
  }

  /** The same, with what led to the host and what to do. */
  PrivateAddressException of(Request request) {
    if (request.tag(RedirectLoop.RedirectedFrom.class) != null) {
      return new PrivateAddressException(
          host,
          "it redirected to "
              + host
              + ", which has a private address; if that is intended, add the host to"
              + " proxy.trustedredirects");
    }
    return new PrivateAddressException(
        host,
        "this token service has a private address, and the registry has a public one; if that is"
            + " intended, add the host to proxy.trustedrealms");
  }
}
