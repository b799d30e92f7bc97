package dev.cistern.proxy.internal.store;

import java.io.Closeable;

/**
 * The room that one transfer takes on disk. Asked for before the bytes are written, and given back
 * when the file has gone, or has become content that counts for itself. For one thread at a time,
 * but for {@link #close}.
 */
public final class Room implements Closeable {

  /** How far ahead to ask where nobody knows how much will come. */
  private static final long STEP = 8 << 20;

  private final Space space;
  private long reserved;
  private long written;
  private boolean closed;

  Room(Space space) {
    this.space = space;
  }

  /**
   * Makes sure that a file of this size fits, making room where need be. May block on storage.
   *
   * @param size of the whole file, in bytes
   * @throws NoRoomException when it does not fit; what was reserved before still is
   */
  public void reserve(long size) throws NoRoomException {
    long missing = Costs.of(size) - reserved;
    if (missing > 0) {
      space.reserve(missing);
      grow(missing);
    }
  }

  private synchronized void grow(long bytes) {
    if (closed) {
      space.release(bytes, bytes);
    } else {
      reserved += bytes;
    }
  }

  /**
   * As {@link #reserve}, for a file that grows to a size that nobody has announced: asks for some
   * more at a time, or for just what is needed when that is all there is.
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

  /** So many bytes of the file are written, and thus missing from the free space already. */
  public synchronized void written(long size) {
    if (!closed && size > written) {
      space.written(size - written);
      written = size;
    }
  }

  /** The file has become content, which is counted instead. */
  synchronized void settle(Runnable indexing) {
    if (closed) {
      indexing.run();
    } else {
      closed = true;
      space.settle(indexing, reserved, reserved - written);
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      space.release(reserved, reserved - written);
    }
  }
}
