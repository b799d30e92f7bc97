package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Empty objects whose modification time is that of a use, for back-ends that cannot set the time of
 * content:
 *
 * <pre>
 * cistern/used/sha256/0a/0a4eaa0e...c52a/604800   used by a cache whose ttl is 604,800 s
 * </pre>
 *
 * <p>Caches with the same ttl renew the same marker. Caches with different ones have one each, so
 * that the longest one counts. Distribution does not look at them.
 */
final class UseMarkers {

  private static final String USED = "cistern/used";

  private final StorageDriver driver;

  UseMarkers(StorageDriver driver) {
    this.driver = driver;
  }

  void renew(Digest digest, Duration ttl) throws IOException {
    // Zero would be forever.
    long seconds = ttl.isZero() ? 0 : Math.max(1, ttl.toSeconds());
    driver.put(prefix(digest) + "/" + seconds, ObjectBody.of(new byte[0]));
  }

  /** All markers, listed while the stream is consumed. The caller closes the stream. */
  Stream<BlobUse> all() throws IOException {
    return driver.list(USED).flatMap(stat -> use(stat).stream());
  }

  List<BlobUse> of(Digest digest) throws IOException {
    try (Stream<ObjectStat> markers = driver.list(prefix(digest))) {
      return markers.flatMap(stat -> use(stat).stream()).toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** The keys of the markers of content. */
  List<String> keys(Digest digest) throws IOException {
    List<String> keys = new ArrayList<>();
    for (BlobUse use : of(digest)) {
      keys.add(prefix(digest) + "/" + use.ttl().toSeconds());
    }
    return keys;
  }

  private static String prefix(Digest digest) {
    return USED
        + "/"
        + digest.algorithm().wireName()
        + "/"
        + digest.hex().substring(0, 2)
        + "/"
        + digest.hex();
  }

  private static Optional<BlobUse> use(ObjectStat stat) {
    String[] parts = stat.key().substring(USED.length() + 1).split("/", -1);
    // A ttl may be centuries, which is more than an int has.
    if (parts.length != 4 || !parts[3].matches("[0-9]{1,10}")) {
      return Optional.empty();
    }
    Duration ttl = Duration.ofSeconds(Long.parseLong(parts[3]));
    return DistributionLayout.digest(parts[0], parts[2])
        .map(digest -> new BlobUse(digest, stat.modified(), ttl));
  }
}
