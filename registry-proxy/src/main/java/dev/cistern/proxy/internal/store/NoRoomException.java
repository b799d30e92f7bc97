package dev.cistern.proxy.internal.store;

import java.io.IOException;
import java.util.Locale;

/** Content does not fit within the limits of the cache, even if other content is evicted. */
public final class NoRoomException extends IOException {

  private static final double KIB = 1024;

  NoRoomException(long bytes) {
    super("there is no room for " + size(bytes) + "; raise proxy.maxsize or free space");
  }

  private static String size(long bytes) {
    return bytes < KIB
        ? bytes + " B"
        : bytes < KIB * KIB
            ? String.format(Locale.ROOT, "%.1f KiB", bytes / KIB)
            : String.format(Locale.ROOT, "%.1f MiB", bytes / (KIB * KIB));
  }
}
