package dev.cistern.proxy.internal.store;

import dev.cistern.proxy.policy.Limits;
import dev.cistern.storage.content.ContentInventory;
import java.io.IOException;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much is used and how much more may be: the contents that are kept, the transfers on their
 * way, and what is left of those that broke off.
 *
 * <p>A transfer that does not fit makes room on its own thread: first unfinished transfers go, then
 * the least recently used content. One at a time does that, so that two do not both take what one
 * of them needs. Nothing goes for what could not fit anyway.
 */
final class Space {

  private final Limits limits;
  private final ContentIndex index;
  private final RemovableTransfers unfinished;
  private final ContentInventory inventory;
  private final Evictor evictor;

  /** Held while what was reserved becomes content, so that it never counts twice. */
  private final Object accounts = new Object();

  private final AtomicLong reserved = new AtomicLong();
  private final AtomicLong unwritten = new AtomicLong();

  Space(
      Limits limits,
      ContentIndex index,
      RemovableTransfers unfinished,
      ContentInventory inventory,
      Evictor evictor) {
    this.limits = limits;
    this.index = index;
    this.unfinished = unfinished;
    this.inventory = inventory;
    this.evictor = evictor;
  }

  /** How many bytes are used, transfers counted as large as they will be. */
  long used() {
    synchronized (accounts) {
      return index.bytes() + index.count() * Costs.OVERHEAD + reserved.get() + unfinished.bytes();
    }
  }

  /** How many bytes must go for the cache not to be larger than it may be with so many more. */
  private long excess(long more) {
    return limits.maxSize() == Long.MAX_VALUE ? 0 : used() + more - limits.maxSize();
  }

  /** How many bytes must go for so much to be free as should be, once all transfers are here. */
  long shortage(long more) {
    if (limits.minFree() == 0) {
      return 0;
    }
    try {
      long free = inventory.freeSpace().orElse(Long.MAX_VALUE);
      return free == Long.MAX_VALUE ? 0 : limits.minFree() + unwritten.get() + more - free;
    } catch (IOException e) {
      // A back-end that cannot say this will not take more either; writing will tell.
      return 0;
    }
  }

  /** How many bytes go when the cache is larger than it may be, which is down to the low mark. */
  long surplus(long more) {
    if (limits.maxSize() == Long.MAX_VALUE) {
      return 0;
    }
    long used = used() + more;
    return used > limits.high() ? used - limits.low() : 0;
  }

  /** Takes room for so many more bytes. */
  synchronized void reserve(long bytes) throws NoRoomException {
    if (bytes > limits.maxSize()) {
      throw new NoRoomException(bytes);
    }
    // Asked for once: what goes may take its time to show, say while somebody still reads it.
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
    unwritten.addAndGet(bytes);
  }

  /** So many bytes of what is reserved have been written. */
  void written(long bytes) {
    unwritten.addAndGet(-bytes);
  }

  /** What was reserved is content now, which the index is told. */
  void settle(Runnable indexing, long bytes, long notWritten) {
    synchronized (accounts) {
      indexing.run();
      release(bytes, notWritten);
    }
  }

  /** Gives back what was reserved, of which so much was not written. */
  void release(long bytes, long notWritten) {
    reserved.addAndGet(-bytes);
    unwritten.addAndGet(-notWritten);
  }
}
