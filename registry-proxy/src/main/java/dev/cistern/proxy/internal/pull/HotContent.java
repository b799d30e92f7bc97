package dev.cistern.proxy.internal.pull;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.storage.content.StoredBlob;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Manifests and small blobs that were used lately, in a bounded part of the memory. Nothing here
 * blocks, but for {@link #load}. Thread-safe.
 *
 * <p>What is here is in the store too. When that lets content go, it goes from here; and where
 * others have deleted it, by the time that this tells the store of its use, which it does once a
 * second for each content. So a use costs a look into a map and a comparison of times. Bytes are
 * kept once for all repositories, and given to those that have read them from the store.
 *
 * <p>No file is kept open for this: an open file keeps its place on the disk after it was deleted.
 */
final class HotContent {

  /** Blobs of up to so many bytes are kept: image configurations, signatures, small layers. */
  static final int LARGEST_BLOB = 64 << 10;

  /** What is larger than such a part of the memory would push out too much else. */
  private static final int LARGEST_PART = 16;

  private static final long NOTED_EVERY_MILLIS = 1_000;

  private final BoundedStore store;
  private final InstantSource clock;
  private final long most;
  private final Cache<Digest, HotEntry> entries;

  /**
   * Nothing is here yet.
   *
   * @param most how many bytes of memory to take, about; 0: nothing is kept
   */
  HotContent(BoundedStore store, InstantSource clock, long most) {
    this.store = store;
    this.clock = clock;
    this.most = most;
    entries =
        CacheBuilder.newBuilder()
            .maximumWeight(most)
            .weigher((Digest digest, HotEntry entry) -> entry.weight())
            .build();
    store.beforeEviction(entries::invalidate);
  }

  /** A manifest that the repository has read before. */
  Optional<StoredManifest> manifest(RepositoryName repository, Digest digest) {
    HotEntry entry = entries.getIfPresent(digest);
    StoredManifest manifest = entry == null ? null : entry.manifest(repository);
    return entry == null || manifest == null || isEvicted(digest, entry)
        ? Optional.empty()
        : Optional.of(manifest);
  }

  /** A blob that the repository has read before; need not be closed. */
  Optional<BlobContent> blob(RepositoryName repository, Digest digest) {
    HotEntry entry = entries.getIfPresent(digest);
    return entry == null
        ? Optional.empty()
        : entry
            .blob(repository)
            .filter(blob -> !isEvicted(digest, entry))
            .map(blob -> (BlobContent) blob);
  }

  private boolean isEvicted(Digest digest, HotEntry entry) {
    if (!entry.isDue(clock.millis(), NOTED_EVERY_MILLIS) || store.usedFromMemory(digest)) {
      return false;
    }
    entries.asMap().remove(digest, entry);
    return true;
  }

  /** Keeps a manifest that is in the store, for a repository that may read it. */
  void keep(RepositoryName repository, StoredManifest manifest) {
    if (manifest.size() <= most / LARGEST_PART) {
      put(manifest.digest(), entry -> entry.with(repository, manifest));
    }
  }

  private synchronized void put(Digest digest, UnaryOperator<HotEntry> change) {
    HotEntry before = entries.getIfPresent(digest);
    entries.put(digest, change.apply(before == null ? HotEntry.empty(clock.millis()) : before));
  }

  /** Whether a blob is small enough to be kept. */
  boolean isCacheable(StoredBlob blob) {
    return blob.size() <= Math.min(LARGEST_BLOB, most / LARGEST_PART);
  }

  /**
   * Reads a blob that is taken, and keeps it for a repository that may read it. Blocks on storage.
   *
   * @return what was read; empty when these bytes have another digest
   */
  Optional<BlobContent> load(RepositoryName repository, StoredBlob blob) throws IOException {
    Digest digest = blob.digest();
    ByteBuffer bytes = ByteBuffer.allocate((int) blob.size());
    while (bytes.hasRemaining() && blob.read(bytes, bytes.position()) > 0) {
      // A read may bring less than it was asked for.
    }
    if (bytes.hasRemaining() || !Digest.of(digest.algorithm(), bytes.array()).equals(digest)) {
      return Optional.empty();
    }
    MemoryBlob read = new MemoryBlob(digest, bytes.array());
    put(digest, entry -> entry.with(repository, read));
    return Optional.of(read);
  }
}
