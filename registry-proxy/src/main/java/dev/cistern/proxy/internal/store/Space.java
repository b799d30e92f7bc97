package dev.cistern.proxy.internal.store;

import dev.cistern.proxy.policy.Limits;
import dev.cistern.storage.content.ContentInventory;
import java.io.IOException;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.IntFunction;

/**
 * Counts the disk space that is used by content, by transfers in progress and by unfinished
 * transfers, and reserves space for new transfers.
 *
 * <p>A transfer that does not fit makes room on its own thread: it removes unfinished transfers
 * first, then evicts the least recently used content. One transfer at a time does this, so that two
 * do not evict for the same need. Nothing is evicted for a transfer that cannot fit anyway.
 *
 * <p>A transfer for an upstream whose share is full makes room in that share first, which evicts
 * only content of this upstream.
 */
final class Space {

  private volatile Shares shares;
  private final ContentIndex index;
  private final RemovableTransfers unfinished;
  private final ContentInventory inventory;
  private final Evictor evictor;

  /** Locked while reserved space becomes content, so that it never counts twice. */
  private final Object accounts = new Object();

  private final AtomicLong reserved = new AtomicLong();
  private final AtomicLongArray reservedBy = new AtomicLongArray(Shares.NUMBERS);
  private final AtomicLong unwritten = new AtomicLong();

  Space(
      Shares shares,
      ContentIndex index,
      RemovableTransfers unfinished,
      ContentInventory inventory,
      Evictor evictor) {
    this.shares = shares;
    this.index = index;
    this.unfinished = unfinished;
    this.inventory = inventory;
    this.evictor = evictor;
  }

  /** Applies other limits from the next reservation on. */
  void reconfigure(Shares changed) {
    shares = changed;
  }

  Shares shares() {
    return shares;
  }

  /** How many bytes are used. Transfers in progress count with their full size. */
  long used() {
    synchronized (accounts) {
      return index.totals().bytes()
          + index.totals().count() * Costs.OVERHEAD
          + reserved.get()
          + unfinished.bytes();
    }
  }

  /**
   * How many bytes must be freed so that the cache does not exceed its size with this many more.
   */
  private long excess(long more) {
    long most = shares.limits().maxSize();
    return most == Long.MAX_VALUE ? 0 : used() + more - most;
  }

  /** How many bytes must be freed so that enough space is free when all transfers are complete. */
  long shortage(long more) {
    long least = shares.limits().minFree();
    if (least == 0) {
      return 0;
    }
    try {
      long free = inventory.freeSpace().orElse(Long.MAX_VALUE);
      return free == Long.MAX_VALUE ? 0 : least + unwritten.get() + more - free;
    } catch (IOException e) {
      // The free space is unknown. If it is too small, the write fails.
      return 0;
    }
  }

  /** How many bytes to free when the cache exceeds the high mark: down to the low mark. */
  long surplus(long more) {
    Limits now = shares.limits();
    if (now.maxSize() == Long.MAX_VALUE) {
      return 0;
    }
    long used = used() + more;
    return used > now.high() ? used - now.low() : 0;
  }

  /** How many bytes an upstream uses of its share. */
  private long usedOf(int owner) {
    synchronized (accounts) {
      return index.totals().owned(owner) + reservedBy.get(owner);
    }
  }

  /** How many bytes to free when an upstream exceeds the high mark of its share. */
  private long surplusOf(int owner, long more, Shares now) {
    return now.maxSize(owner) == Long.MAX_VALUE ? 0 : now.surplus(owner, usedOf(owner) + more);
  }

  /** What a sweep must evict of each upstream, by its number. */
  IntFunction<EvictionPolicy.Goal> goals(Instant now, int most) {
    Shares current = shares;
    return owner ->
        new EvictionPolicy.Goal(
            current.idleBefore(owner, now), surplusOf(owner, 0, current), 0, most);
  }

  /** Makes room in the share of an upstream. */
  private void makeRoomOf(int owner, long bytes) throws NoRoomException {
    Shares now = shares;
    long most = now.maxSize(owner);
    if (bytes > most) {
      throw new NoRoomException(bytes);
    }
    if (most == Long.MAX_VALUE) {
      return;
    }
    for (long needed = usedOf(owner) + bytes - most;
        needed > 0;
        needed = usedOf(owner) + bytes - most) {
      if (evictor.makeRoomIn(owner, needed, Math.max(needed, surplusOf(owner, bytes, now))) == 0) {
        throw new NoRoomException(bytes);
      }
    }
  }

  /**
   * Reserves this many bytes, and makes room for them if necessary.
   *
   * @param owner the number of the upstream whose share they are part of
   */
  synchronized void reserve(long bytes, int owner) throws NoRoomException {
    if (bytes > shares.limits().maxSize()) {
      throw new NoRoomException(bytes);
    }
    makeRoomOf(owner, bytes);
    // Read once: the free space may grow only later, when evicted content is no longer open.
    long shortage = shortage(bytes);
    for (long needed = Math.max(excess(bytes), shortage);
        needed > 0;
        needed = Math.max(excess(bytes), shortage)) {
      OptionalLong removed = unfinished.removeOldest();
      long freed =
          removed.isPresent()
              ? removed.getAsLong()
              : evictor.makeRoom(needed, surplus(bytes), shortage);
      if (removed.isEmpty() && freed == 0) {
        throw new NoRoomException(bytes);
      }
      shortage -= freed;
    }
    reserved.addAndGet(bytes);
    reservedBy.addAndGet(owner, bytes);
    unwritten.addAndGet(bytes);
  }

  /** Records that this many reserved bytes have been written. */
  void written(long bytes) {
    unwritten.addAndGet(-bytes);
  }

  /** Indexes reserved bytes as content, and releases them in the same step. */
  void settle(Runnable indexing, long bytes, long notWritten, int owner) {
    synchronized (accounts) {
      indexing.run();
      release(bytes, notWritten, owner);
    }
  }

  /** Releases reserved bytes, some of which were not written. */
  void release(long bytes, long notWritten, int owner) {
    reserved.addAndGet(-bytes);
    reservedBy.addAndGet(owner, -bytes);
    unwritten.addAndGet(-notWritten);
  }
}
