package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.CacheStatus.Miss;
import dev.cistern.proxy.event.CacheStatus.Trait;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One reader of a blob that is being fetched. Holds the spool file open until closed. */
final class FollowedBlob implements BlobContent {

  /**
   * Readers of so few bytes, as lazy pulls need, get the end of the blob as soon as it is received.
   * Larger parts are the rest of a transfer that broke off: their end is withheld, as that of the
   * whole blob.
   */
  private static final long SMALL_PART = 8 << 20;

  private final BlobFetch fetch;
  private final Requester requester;
  private final Offer offer;
  private final SpoolFile file;
  private final CacheStatus status;
  private final AtomicBoolean closed = new AtomicBoolean();

  // What this reader may read. Set before the first read, by the reading thread.
  private FetchProgress progress;
  private long end = Long.MAX_VALUE;

  // Transfers the rest after the disk failed. Set once, by the reading thread.
  private volatile @Nullable RelayedBlob relay;

  /** Owns one reference to {@code file}. */
  FollowedBlob(
      BlobFetch fetch, Requester requester, Offer offer, SpoolFile file, CacheStatus status) {
    this.fetch = fetch;
    this.requester = requester;
    this.offer = offer;
    this.status = status;
    this.file = file;
    progress = offer.progress();
  }

  @Override
  public Digest digest() {
    return fetch.digest();
  }

  @Override
  public CacheStatus status() {
    return relay != null && status instanceof Miss miss
        ? new Miss(miss.asked(), without(miss.traits(), Trait.STORED))
        : status;
  }

  private static Set<Trait> without(Set<Trait> traits, Trait one) {
    return traits.stream().filter(trait -> trait != one).collect(Collectors.toSet());
  }

  @Override
  public OptionalLong size() {
    return offer.size();
  }

  @Override
  public boolean namesSize() {
    return isSizeProven();
  }

  private boolean isSizeProven() {
    return offer.progress().isComplete()
        || (size().isPresent() && fetch.isDeclared(size().getAsLong()));
  }

  @Override
  public void willRead(long first, long end) {
    this.end = end;
    OptionalLong size = size();
    if (size.isPresent()
        && end - first <= SMALL_PART
        && end - first < size.getAsLong()
        && end > size.getAsLong() - WithheldEnd.BYTES
        && (end < size.getAsLong() || isSizeProven())) {
      progress = offer.parts();
    }
  }

  @Override
  public long available(long position) throws IOException {
    RelayedBlob rest = relay;
    if (rest != null) {
      return rest.available(position);
    }
    try {
      return progress.available(position);
    } catch (SpoolException e) {
      return relayFrom(position).available(position);
    }
  }

  private RelayedBlob relayFrom(long position) {
    RelayedBlob rest = fetch.relayFrom(position, requester);
    relay = rest;
    if (closed.get()) {
      rest.close();
    }
    return rest;
  }

  @Override
  public boolean whenAvailable(long position, Runnable wake) {
    RelayedBlob rest = relay;
    if (rest != null) {
      return rest.whenAvailable(position, wake);
    }
    boolean waits = progress.whenAvailable(position, wake);
    if (waits) {
      fetch.wish(position, end);
    }
    return waits;
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    long available = available(position);
    if (available <= 0) {
      return (int) available;
    }
    RelayedBlob rest = relay;
    if (rest != null) {
      return rest.read(target, position);
    }
    int limit = target.limit();
    target.limit((int) Math.min(limit, target.position() + available));
    try {
      return file.channel().read(target, position);
    } finally {
      target.limit(limit);
    }
  }

  @Override
  public Optional<FileChannel> channel() {
    return relay == null ? Optional.of(file.channel()) : Optional.empty();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      fetch.interest().leave(requester);
      file.release();
      RelayedBlob rest = relay;
      if (rest != null) {
        rest.close();
      }
    }
  }
}
