package dev.cistern.api;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * One page of a {@link ReferrerList}.
 *
 * @param body an OCI image index; read-only, and each call returns a new buffer
 * @param next the request for the next page; empty at the end of the list
 */
public record ReferrerPage(ByteBuffer body, Optional<Page> next) {

  @Override
  public ByteBuffer body() {
    return body.duplicate();
  }
}
