package dev.cistern.server.report;

import static java.util.stream.Collectors.joining;

import dev.cistern.api.Digest;
import dev.cistern.api.Reference;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.ImageWarming.Progress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

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

  /**
   * What was done when a cache has all of an image: {@code 5 of 5 manifests and blobs, 2.5 MiB;
   * fetched 2.0 MiB}.
   */
  public static String result(Progress progress) {
    return of(progress)
        + (progress.fetched() == 0
            ? "; no blob was fetched"
            : "; fetched " + HumanReadable.size(progress.fetched()));
  }

  /** Why the image may be old. */
  public static String stale(String reason) {
    return "the cached image may be old, because the tag could not be checked: " + reason;
  }

  /**
   * The result of one image as JSON.
   *
   * @param fetched how many bytes came from the upstream, if that is known
   * @param failure why the cache does not have all of it; empty if it has
   */
  public static void write(
      Json json,
      RepositoryName repository,
      Reference reference,
      Progress progress,
      OptionalLong fetched,
      Optional<String> failure) {
    json.put("repository", repository)
        .put("reference", reference)
        .put("state", failure.isPresent() ? "failed" : "warm")
        .put("requested", progress.requested())
        .put("received", progress.received())
        .put("bytes", progress.bytes())
        .put("fetchedBytes", fetched)
        .put("stale", progress.stale())
        .put("error", failure);
  }

  /** Which blobs the cache could not store, and why. */
  public static String notStored(List<Digest> blobs) {
    return "not stored: %s%s. The log says why; most often proxy.maxsize is too small"
        .formatted(
            blobs.stream().limit(MOST_NAMED).map(Digest::toString).collect(joining(", ")),
            blobs.size() > MOST_NAMED ? " and %d more".formatted(blobs.size() - MOST_NAMED) : "");
  }
}
