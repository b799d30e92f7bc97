package dev.cistern.proxy.internal.pull;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps in storage what tags last meant. A link is written only once the manifest that it names is
 * stored, so that until then the tag still leads to its last complete answer. For use by one thread
 * at a time.
 */
final class TagLinks {

  private static final int MAX_AWAITED = 10_000;

  private record Name(RepositoryName repository, Tag tag) {}

  private final ContentStore store;
  private final StorageFaults faults;
  private final Cache<Name, Digest> awaitingManifest =
      CacheBuilder.newBuilder().maximumSize(MAX_AWAITED).build();

  /** Nothing is waited for yet. */
  TagLinks(ContentStore store, StorageFaults faults) {
    this.store = store;
    this.faults = faults;
  }

  /**
   * The upstream says that the tag names this digest: writes that down now or as soon as it may.
   *
   * @return whether it is written down
   */
  boolean confirmed(RepositoryName repository, Tag tag, Digest digest) {
    Name name = new Name(repository, tag);
    // Whatever the tag named before, it is no longer to be written.
    awaitingManifest.invalidate(name);
    try {
      if (store.tag(repository, tag).equals(Optional.of(digest))) {
        return true;
      }
      if (store.manifest(repository, digest).isPresent()) {
        store.tag(repository, tag, digest);
        return true;
      }
      awaitingManifest.put(name, digest);
    } catch (IOException | RuntimeException e) {
      faults.report(
          StorageFault.WRITE, "Tag " + tag + " of " + repository + " could not be stored", e);
    }
    return false;
  }

  /** The manifest can be read from storage: writes the links that waited for it. */
  void manifestStored(RepositoryName repository, Digest digest) throws IOException {
    for (Map.Entry<Name, Digest> awaiting : awaitingManifest.asMap().entrySet()) {
      Name name = awaiting.getKey();
      if (name.repository.equals(repository) && awaiting.getValue().equals(digest)) {
        store.tag(repository, name.tag, digest);
        awaitingManifest.invalidate(name);
      }
    }
  }
}
