package dev.cistern.proxy.internal.shared;

import dev.cistern.api.Digest;
import dev.cistern.proxy.internal.memory.Bytes;
import dev.cistern.proxy.internal.memory.PooledCache;
import dev.cistern.storage.content.ContentInventory;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** Stores in the shared store when content was used. Thread-safe. */
final class SharedUses {

  /** How old the marker of a use may become while clients are sent to the content. */
  private static final Duration LONGEST_UNMARKED = Duration.ofHours(1);

  private final ContentInventory inventory;
  private final SharedChanges changes;
  private final Executor threads;
  private final InstantSource clock;
  private volatile Duration ttl;

  /** Redirects are not counted as uses here, so their marker is not stored for each. */
  private final PooledCache<Digest, Instant> marked =
      new PooledCache<>(
          (digest, time) -> Bytes.DIGEST + Bytes.RECORD, LONGEST_UNMARKED, System::nanoTime);

  /**
   * @param inventory of the shared store
   * @param ttl for how long this cache keeps unused content
   */
  SharedUses(
      ContentInventory inventory,
      SharedChanges changes,
      Executor threads,
      Duration ttl,
      InstantSource clock) {
    this.inventory = inventory;
    this.changes = changes;
    this.threads = threads;
    this.ttl = ttl;
    this.clock = clock;
  }

  void reconfigure(Duration changed) {
    ttl = changed;
  }

  /** Content was used. */
  void used(Digest digest) {
    CompletionStage<Void> unused =
        changes.make(
            threads,
            "Could not store in the shared store when " + digest + " was used",
            () -> inventory.renew(digest, clock.instant(), ttl));
  }

  /** A client was sent to content: a use, unless it was told within a tenth of the ttl. */
  void redirected(Digest digest) {
    Instant now = clock.instant();
    Instant last = marked.get(digest);
    Duration tenth = ttl.dividedBy(10);
    if (last != null && (ttl.isZero() || now.isBefore(last.plus(tenth)))) {
      return;
    }
    marked.put(digest, now);
    used(digest);
  }
}
