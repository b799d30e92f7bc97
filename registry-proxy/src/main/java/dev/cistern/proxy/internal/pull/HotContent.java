package dev.cistern.proxy.internal.pull;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.cache.RemovalNotification;
import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.storage.content.StoredBlob;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Manifests and small blobs that were used recently, in a limited amount of memory. Only {@link
 * #load} blocks. Thread-safe.
 *
 * <p>All of this content is in the store too. When the store evicts content, it is removed here.
 * Uses are reported to the store at most once a second for each content; if the content is no
 * longer there, because another process deleted it, it is removed here as well. So a use costs one
 * look into a map and one comparison of times. Bytes are kept once for all repositories; a
 * repository gets them only after it has read them from the store.
 *
 * <p>Large manifests that are kept do not count as memory for large manifests: there would be none
 * left for others. They count there again when they are removed, as clients may still be reading.
 *
 * <p>No file is kept open for this, because an open file occupies the disk after it is deleted.
 */
final class HotContent {

  /** The largest blob that is kept, in bytes: image configurations, signatures, small layers. */
  static final int LARGEST_BLOB = 64 << 10;

  /** Content larger than this part of the memory would evict too much other content. */
  private static final int LARGEST_PART = 16;

  private static final long NOTED_EVERY_MILLIS = 1_000;

  private final BoundedStore store;
  private final InstantSource clock;
  private final MetadataMemory large;

  /** Replaced as a whole, to resize it. */
  private record Memory(long most, Cache<Digest, HotEntry> entries) {

    static Memory of(long most, MetadataMemory large) {
      return new Memory(
          most,
          CacheBuilder.newBuilder()
              .maximumWeight(most)
              .weigher((Digest digest, HotEntry entry) -> entry.weight())
              .removalListener(
                  (RemovalNotification<Digest, HotEntry> removal) ->
                      removal.getValue().forEachManifest(large::returned))
              .build());
    }

    void put(Digest digest, HotEntry entry, MetadataMemory large) {
      entry.forEachManifest(large::keptElsewhere);
      entries.put(digest, entry);
    }
  }

  private volatile Memory memory;

  /**
   * Starts empty.
   *
   * @param most about how many bytes of memory to use; 0: keep nothing
   * @param large where large manifests count that are not kept
   */
  HotContent(BoundedStore store, InstantSource clock, long most, MetadataMemory large) {
    this.store = store;
    this.clock = clock;
    this.large = large;
    memory = Memory.of(most, large);
    store.beforeEviction(this::forget);
  }

  /**
   * Uses another amount of memory. What fits is kept.
   *
   * @param most about how many bytes of memory to use; 0: keep nothing
   */
  synchronized void resize(long most) {
    Memory before = memory;
    if (before.most != most) {
      Memory resized = Memory.of(most, large);
      before.entries.asMap().forEach((digest, entry) -> resized.put(digest, entry, large));
      memory = resized;
      before.entries.invalidateAll();
    }
  }

  /** Forgets all content, and keeps none from now on. */
  void close() {
    resize(0);
    memory.entries.invalidateAll();
  }

  /** Forgets content, for all repositories. */
  synchronized void forget(Digest digest) {
    memory.entries.invalidate(digest);
  }

  /** A manifest that this repository has read before. */
  Optional<StoredManifest> manifest(RepositoryName repository, Digest digest) {
    HotEntry entry = memory.entries.getIfPresent(digest);
    StoredManifest manifest = entry == null ? null : entry.manifest(repository);
    return entry == null || manifest == null || isEvicted(digest, entry)
        ? Optional.empty()
        : Optional.of(manifest);
  }

  /**
   * A blob that this repository has read before; need not be closed.
   *
   * @param status of the answer
   */
  Optional<BlobContent> blob(RepositoryName repository, Digest digest, CacheStatus status) {
    HotEntry entry = memory.entries.getIfPresent(digest);
    return entry == null
        ? Optional.empty()
        : entry
            .blob(repository)
            .filter(blob -> !isEvicted(digest, entry))
            .map(blob -> blob.with(status));
  }

  private boolean isEvicted(Digest digest, HotEntry entry) {
    if (!entry.isDue(clock.millis(), NOTED_EVERY_MILLIS) || store.usedFromMemory(digest)) {
      return false;
    }
    memory.entries.asMap().remove(digest, entry);
    return true;
  }

  /** Keeps a manifest that the store has and this repository may read. */
  void keep(RepositoryName repository, StoredManifest manifest) {
    if (manifest.size() <= memory.most / LARGEST_PART) {
      put(manifest.digest(), entry -> entry.with(repository, manifest));
    }
  }

  private synchronized void put(Digest digest, UnaryOperator<HotEntry> change) {
    HotEntry before = memory.entries.getIfPresent(digest);
    memory.put(digest, change.apply(before == null ? HotEntry.empty() : before), large);
  }

  /** Whether a blob is small enough to be kept. */
  boolean isCacheable(StoredBlob blob) {
    return blob.size() <= Math.min(LARGEST_BLOB, memory.most / LARGEST_PART);
  }

  /**
   * Reads a cacheable blob, and keeps it for a repository that may read it. Blocks on storage.
   *
   * @param status of the answer
   * @return the blob in memory; empty when its bytes have another digest
   */
  Optional<BlobContent> load(RepositoryName repository, StoredBlob blob, CacheStatus status)
      throws IOException {
    Digest digest = blob.digest();
    ByteBuffer bytes = ByteBuffer.allocate((int) blob.size());
    while (bytes.hasRemaining() && blob.read(bytes, bytes.position()) > 0) {
      // A read may return fewer bytes than requested.
    }
    if (bytes.hasRemaining() || !Digest.of(digest.algorithm(), bytes.array()).equals(digest)) {
      return Optional.empty();
    }
    MemoryBlob read = new MemoryBlob(digest, bytes.array());
    put(digest, entry -> entry.with(repository, read));
    return Optional.of(read.with(status));
  }
}
