package dev.cistern.server.cli;

import static java.util.stream.Collectors.joining;

import dev.cistern.api.Digest;
import dev.cistern.proxy.ImageWarming.Progress;
import java.util.List;

/** What there is to say about the warming of an image. */
public final class WarmingText {

  /** How many blobs to name that were not stored. */
  private static final int MOST_NAMED = 2;

  private WarmingText() {}

  /** {@code 3 of 5 manifests and blobs, 2.5 MiB}. */
  public static String of(Progress progress) {
    return "%d of %d manifests and blobs, %s"
        .formatted(progress.received(), progress.requested(), HumanReadable.size(progress.bytes()));
  }

  /** Which blobs the cache could not store, and why. */
  public static String notStored(List<Digest> blobs) {
    return "not stored: %s%s. The log says why; most often proxy.maxsize is too small"
        .formatted(
            blobs.stream().limit(MOST_NAMED).map(Digest::toString).collect(joining(", ")),
            blobs.size() > MOST_NAMED ? " and %d more".formatted(blobs.size() - MOST_NAMED) : "");
  }
}
