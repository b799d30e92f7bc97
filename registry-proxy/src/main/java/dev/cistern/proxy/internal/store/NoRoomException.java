package dev.cistern.proxy.internal.store;

import java.io.IOException;

/** Content does not fit within the limits of the cache, even if other content is evicted. */
public final class NoRoomException extends IOException {

  NoRoomException(long bytes) {
    super("there is no room for " + bytes + " more bytes within the limits of the cache");
  }
}
