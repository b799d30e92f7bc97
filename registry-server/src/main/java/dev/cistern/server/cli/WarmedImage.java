package dev.cistern.server.cli;

import dev.cistern.proxy.ImageWarming.Progress;
import java.util.Optional;

/**
 * How the warming of an image ended.
 *
 * @param progress what the cache has of it
 * @param failure why it does not have all; empty if it has
 */
record WarmedImage(WantedImage image, Progress progress, Optional<String> failure) {

  boolean isFailed() {
    return failure.isPresent();
  }
}
