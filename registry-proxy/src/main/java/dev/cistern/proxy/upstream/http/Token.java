package dev.cistern.proxy.upstream.http;

import java.time.Instant;

/**
 * A bearer token. Its value appears in no {@code toString}.
 *
 * @param usableUntil a little before it expires, so that it is still valid when it is received
 */
record Token(String value, Instant usableUntil) {

  boolean isUsableAt(Instant now) {
    return now.isBefore(usableUntil);
  }

  @Override
  public String toString() {
    return "Token[usableUntil=" + usableUntil + "]";
  }
}
