package dev.cistern.server.http;

import java.io.Closeable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.xnio.IoUtils;

/**
 * The bodies in the heap that wait for their clients: lists, and manifests. When they take too
 * much, the connections of the clients that have taken the longest are closed. Bodies smaller than
 * {@link #LARGE} are not counted, as the number of connections bounds them. Thread-safe.
 */
final class LargeBodies {

  /** The size from which bodies are to be counted. */
  static final int LARGE = 64 << 10;

  /** A client on a slow network gets at least this long. */
  static final Duration PATIENCE = Duration.ofSeconds(2);

  private final long most;
  private final LongSupplier nanoTime;

  // Guarded by this, the oldest first.
  private final Set<Held> waiting = new LinkedHashSet<>();
  private long bytes;

  /** Not a record: two equal bodies are two. */
  private static final class Held {
    final Closeable connection;
    final int bytes;
    final long since;

    Held(Closeable connection, int bytes, long since) {
      this.connection = connection;
      this.bytes = bytes;
      this.since = since;
    }
  }

  /**
   * @param most how many bytes may wait before clients are cut off
   */
  LargeBodies(long most, LongSupplier nanoTime) {
    this.most = most;
    this.nanoTime = nanoTime;
  }

  /**
   * Counts a body until it is sent. May close the connections of other clients.
   *
   * @param connection of the client that the body is for
   * @return to be run once, when the body is no longer needed
   */
  Runnable hold(int size, Closeable connection) {
    Held held = new Held(connection, size, nanoTime.getAsLong());
    List<Closeable> slow = new ArrayList<>();
    synchronized (this) {
      waiting.add(held);
      bytes += size;
      Iterator<Held> oldest = waiting.iterator();
      while (bytes > most && oldest.hasNext()) {
        Held body = oldest.next();
        if (nanoTime.getAsLong() - body.since < PATIENCE.toNanos()) {
          break;
        }
        oldest.remove();
        bytes -= body.bytes;
        slow.add(body.connection);
      }
    }
    slow.forEach(IoUtils::safeClose);
    return () -> release(held);
  }

  private synchronized void release(Held held) {
    if (waiting.remove(held)) {
      bytes -= held.bytes;
    }
  }
}
