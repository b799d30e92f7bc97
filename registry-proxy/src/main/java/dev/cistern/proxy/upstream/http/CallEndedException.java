package dev.cistern.proxy.upstream.http;

import java.io.IOException;

/** The cache ended a call: it was cancelled, or its upstream was closed. */
final class CallEndedException extends IOException {

  CallEndedException(String message) {
    super(message);
  }
}
