package dev.cistern.proxy.upstream.http;

import dev.cistern.api.Printable;
import java.net.ProtocolException;
import okhttp3.Request;

/** A request was not sent, because its host has a private address and must have a public one. */
final class PrivateAddressException extends ProtocolException {

  PrivateAddressException(String message) {
    super(message);
  }

  /** The same, with what led to the host and what to do. */
  static PrivateAddressException of(Request request) {
    if (request.tag(RedirectLoop.RedirectedFrom.class) != null) {
      return new PrivateAddressException(
          "it redirected to "
              + Printable.line(request.url().host(), 200)
              + ", which has a private address; if that is intended, add the host to"
              + " proxy.trustedredirects");
    }
    if (request.tag(Transport.PublicOnly.class) == null) {
      return new PrivateAddressException(
          Printable.line(request.url().host(), 200)
              + " has a private address; if that is intended, list it in proxy.upstreams");
    }
    return new PrivateAddressException(
        "this token service has a private address, and the registry has a public one; if that is"
            + " intended, add the host to proxy.trustedrealms");
  }
}
