package dev.cistern.proxy.internal.pull;

import dev.cistern.api.RepositoryName;
import dev.cistern.storage.content.StoredManifest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The content of one digest, and the repositories that may read it as a manifest or as a blob. Its
 * content and readers do not change: a further reader makes a new entry.
 */
final class HotEntry {

  /** About how much memory an entry takes besides its bytes. */
  private static final int OVERHEAD = 512;

  private static final int READER = 256;

  /** Long before any time, so that the first use is reported. */
  private static final long NEVER = Long.MIN_VALUE / 2;

  private final Map<RepositoryName, StoredManifest> manifests;
  private final Set<RepositoryName> readers;
  private final @Nullable MemoryBlob blob;

  /** When a use was last reported to the store, in milliseconds since the epoch. */
  private final AtomicLong noted;

  private HotEntry(
      Map<RepositoryName, StoredManifest> manifests,
      Set<RepositoryName> readers,
      @Nullable MemoryBlob blob,
      long noted) {
    this.manifests = Map.copyOf(manifests);
    this.readers = Set.copyOf(readers);
    this.blob = blob;
    this.noted = new AtomicLong(noted);
  }

  static HotEntry empty() {
    return new HotEntry(Map.of(), Set.of(), null, NEVER);
  }

  HotEntry with(RepositoryName repository, StoredManifest manifest) {
    Map<RepositoryName, StoredManifest> more = new HashMap<>(manifests);
    more.put(repository, manifest);
    return new HotEntry(more, readers, blob, noted.getPlain());
  }

  HotEntry with(RepositoryName repository, MemoryBlob same) {
    Set<RepositoryName> more = new HashSet<>(readers);
    more.add(repository);
    return new HotEntry(manifests, more, blob == null ? same : blob, noted.getPlain());
  }

  /** Tells the sizes of the manifests. */
  void forEachManifest(LongConsumer sizes) {
    manifests.values().forEach(manifest -> sizes.accept(manifest.size()));
  }

  @Nullable StoredManifest manifest(RepositoryName repository) {
    return manifests.get(repository);
  }

  Optional<MemoryBlob> blob(RepositoryName repository) {
    return readers.contains(repository) ? Optional.ofNullable(blob) : Optional.empty();
  }

  /** Whether it is time to report a use to the store; true for only one of several callers. */
  boolean isDue(long now, long interval) {
    long last = noted.getOpaque();
    return Math.abs(now - last) >= interval && noted.compareAndSet(last, now);
  }

  /** About how many bytes of memory this entry takes. */
  int weight() {
    long bytes = OVERHEAD + READER * (long) readers.size();
    for (StoredManifest manifest : manifests.values()) {
      bytes += READER + manifest.size();
    }
    if (blob != null) {
      bytes += blob.size().orElse(0);
    }
    return (int) Math.min(bytes, Integer.MAX_VALUE);
  }
}
