package dev.cistern.proxy.upstream.http;

import java.io.IOException;

/** An open connection cannot be used for another request. No request was sent on it. */
final class SpoiledConnectionException extends IOException {

  SpoiledConnectionException(String message) {
    super(message);
  }
}
