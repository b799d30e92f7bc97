package dev.cistern.proxy.internal.pull;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.util.concurrent.UncheckedExecutionException;
import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.memory.Bytes;
import dev.cistern.proxy.internal.memory.NoMemoryException;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.LinkInventory;
import dev.cistern.storage.content.StoredLink;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.util.Iterator;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the sizes that the stored manifests of a repository declare, once for each repository and
 * process, and at most {@value #MOST} manifests. Thread-safe.
 */
final class RepositorySizes {

  private static final Logger log = LoggerFactory.getLogger(RepositorySizes.class);

  private static final int MOST = 500;
  private static final int ENTRY = 128;

  /** One for all upstreams, so a part of the heap in bytes. */
  private static final long MAX_BYTES = Runtime.getRuntime().maxMemory() / 256;

  private final ContentStore store;
  private final LinkInventory links;
  private final DeclaredSizes sizes;
  private final StorageFaults faults;
  private final Cache<RepositoryName, Boolean> read =
      CacheBuilder.newBuilder()
          .maximumWeight(MAX_BYTES)
          .weigher((RepositoryName name, Boolean known) -> (int) (ENTRY + Bytes.of(name)))
          .build();

  /**
   * @param sizes gets what is read
   */
  RepositorySizes(
      ContentStore store, LinkInventory links, DeclaredSizes sizes, StorageFaults faults) {
    this.store = store;
    this.links = links;
    this.sizes = sizes;
    this.faults = faults;
  }

  /**
   * Learns the sizes, unless that was done before. Blocks on storage, also while another thread
   * learns those of the same repository. What fails is tried again by the next caller.
   */
  void learn(RepositoryName repository) {
    try {
      read.get(
          repository,
          () -> {
            readAll(repository);
            return true;
          });
    } catch (ExecutionException | UncheckedExecutionException e) {
      if (causeOf(e) instanceof NoMemoryException) {
        log.debug("Cannot read the manifests of {} now: {}", repository, causeOf(e).getMessage());
        return;
      }
      faults.report(StorageFault.READ, "Could not read the manifests of " + repository, causeOf(e));
    }
  }

  /** Learns the sizes, unless that of this blob is known. Blocks on storage as {@link #learn}. */
  void learnSizeOf(RepositoryName repository, Digest digest) {
    if (!sizes.isKnown(digest)) {
      learn(repository);
    }
  }

  /** The size that a manifest declares; empty if none was read that does. */
  OptionalLong size(Digest digest) {
    return sizes.size(digest);
  }

  /** Whether a manifest that was read declares this size. */
  boolean confirms(Digest digest, long size) {
    return sizes.confirms(digest, size);
  }

  /** Whether a manifest that was read declares another size. */
  boolean contradicts(Digest digest, long size) {
    return sizes.isKnown(digest) && !sizes.confirms(digest, size);
  }

  private static Throwable causeOf(Exception e) {
    return e.getCause() == null ? e : e.getCause();
  }

  private void readAll(RepositoryName repository) throws IOException {
    try (Stream<StoredLink> manifests =
        links.links(repository).filter(link -> link.kind() == StoredLink.Kind.MANIFEST)) {
      Iterator<StoredLink> each = manifests.limit(MOST).iterator();
      while (each.hasNext()) {
        Optional<StoredManifest> manifest =
            store.manifest(repository, each.next().digest().orElseThrow());
        manifest.ifPresent(sizes::learn);
      }
    }
  }
}
