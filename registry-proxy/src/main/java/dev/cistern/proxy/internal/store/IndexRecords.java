package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import java.time.InstantSource;

/**
 * Records in the index what repositories use and get, now, and for the upstreams of these
 * repositories. Thread-safe.
 */
final class IndexRecords {

  private final ContentIndex index;
  private final Space space;
  private final InstantSource clock;

  IndexRecords(ContentIndex index, Space space, InstantSource clock) {
    this.index = index;
    this.space = space;
    this.clock = clock;
  }

  /** Content was served from storage. */
  void used(RepositoryName repository, Digest digest, long size) {
    if (index.used(digest, size, clock.millis())) {
      linked(repository, digest);
    }
  }

  /** Verified content was stored. */
  void stored(RepositoryName repository, Digest digest, long size) {
    index.put(digest, size, clock.millis());
    linked(repository, digest);
  }

  /** A repository has a link to content. */
  void linked(RepositoryName repository, Digest digest) {
    Shares shares = space.shares();
    index.owners().add(digest, shares.owner(repository), shares);
  }
}
