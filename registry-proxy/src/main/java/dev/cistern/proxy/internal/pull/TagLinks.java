package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.memory.Bytes;
import dev.cistern.proxy.internal.memory.PooledCache;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Stores which manifest each tag names. A link is written only after its manifest is stored, so
 * that the stored tag always names a manifest that can be served. For one thread at a time.
 */
final class TagLinks {

  private record Name(RepositoryName repository, Tag tag) {}

  private final ContentStore store;
  private final BoundedStore bounded;
  private final StorageFaults faults;
  private final PooledCache<Name, Digest> awaitingManifest =
      new PooledCache<>(
          (name, digest) -> Bytes.of(name.repository) + Bytes.of(name.tag.value()) + Bytes.DIGEST);

  /**
   * Starts without links that wait for their manifests.
   *
   * @param bounded content in the same driver, which gets new links
   */
  TagLinks(ContentStore store, BoundedStore bounded, StorageFaults faults) {
    this.store = store;
    this.bounded = bounded;
    this.faults = faults;
  }

  /**
   * Writes the link of a tag that the upstream has confirmed, now or when its manifest is stored.
   *
   * @return whether the link is written
   */
  boolean confirmed(RepositoryName repository, Tag tag, Digest digest) {
    Name name = new Name(repository, tag);
    // An earlier digest of this tag must not be written any more.
    awaitingManifest.remove(name);
    try {
      if (store.tag(repository, tag).equals(Optional.of(digest))) {
        return true;
      }
      if (store.holdsManifest(repository, digest)) {
        store.tag(repository, tag, digest);
        bounded.tagged(repository, tag, digest);
        return true;
      }
      awaitingManifest.put(name, digest);
    } catch (IOException | RuntimeException e) {
      faults.report(
          StorageFault.WRITE, "Tag " + tag + " of " + repository + " could not be stored", e);
    }
    return false;
  }

  /** Forgets the tags of a repository that wait for their manifests; on any thread. */
  void forget(RepositoryName repository) {
    awaitingManifest.removeIf(name -> name.repository.equals(repository));
  }

  /** Writes the links that waited for a manifest, which is stored now. */
  void manifestStored(RepositoryName repository, Digest digest) throws IOException {
    List<Name> named = new ArrayList<>();
    awaitingManifest.forEach(
        (name, awaited) -> {
          if (name.repository.equals(repository) && awaited.equals(digest)) {
            named.add(name);
          }
        });
    for (Name name : named) {
      store.tag(repository, name.tag, digest);
      bounded.tagged(repository, name.tag, digest);
      awaitingManifest.remove(name);
    }
  }
}
