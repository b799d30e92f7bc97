package dev.cistern.proxy.internal.store;

import java.io.Closeable;

/**
 * The room on disk that is reserved for one transfer. It is reserved before the bytes are written,
 * and released when the file is deleted, or published and counted as content. For one thread at a
 * time, except {@link #close}.
 */
public final class Room implements Closeable {

  /** How much to reserve ahead when the size is unknown. */
  private static final long STEP = 8 << 20;

  private final Space space;
  private final int owner;
  private long reserved;
  private long written;
  private boolean closed;

  /**
   * @param owner the number of the upstream whose share it is part of
   */
  Room(Space space, int owner) {
    this.space = space;
    this.owner = owner;
  }

  /**
   * Makes sure that a file of this size fits, and evicts content if necessary. May block on
   * storage.
   *
   * @param size the size of the whole file, in bytes
   * @throws NoRoomException when it does not fit; earlier reservations stay
   */
  public void reserve(long size) throws NoRoomException {
    long missing = Costs.of(size) - reserved;
    if (missing > 0) {
      space.reserve(missing, owner);
      grow(missing);
    }
  }

  private synchronized void grow(long bytes) {
    if (closed) {
      space.release(bytes, bytes, owner);
    } else {
      reserved += bytes;
    }
  }

  /**
   * As {@link #reserve}, for a file whose final size is unknown: reserves some room ahead, or only
   * what is needed when there is not more.
   */
  public void growTo(long size) throws NoRoomException {
    if (Costs.of(size) <= reserved) {
      return;
    }
    try {
      reserve(size + STEP);
    } catch (NoRoomException e) {
      reserve(size);
    }
  }

  /** Records the size of the file, which is already missing from the free space. */
  public synchronized void written(long size) {
    if (!closed && size > written) {
      space.written(size - written);
      written = size;
    }
  }

  /** Releases the room in one step with indexing the file as content, which counts instead. */
  synchronized void settle(Runnable indexing) {
    if (closed) {
      indexing.run();
    } else {
      closed = true;
      space.settle(indexing, reserved, reserved - written, owner);
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      space.release(reserved, reserved - written, owner);
    }
  }
}
