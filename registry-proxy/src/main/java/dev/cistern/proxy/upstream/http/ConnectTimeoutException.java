package dev.cistern.proxy.upstream.http;

import java.net.SocketTimeoutException;

/** A host did not accept a connection in time: unlike other timeouts, this concerns the host. */
final class ConnectTimeoutException extends SocketTimeoutException {

  ConnectTimeoutException(SocketTimeoutException cause) {
    super(cause.getMessage());
    initCause(cause);
  }
}
