package dev.cistern.proxy.upstream.http;

import java.io.IOException;

/** A call was ended from this side, rather than by a failure: cancelled, or its upstream closed. */
final class CallEndedException extends IOException {

  CallEndedException(String message) {
    super(message);
  }
}
