package dev.cistern.server.http;

import java.io.Closeable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;

/**
 * The bodies in the heap that wait for their clients: lists, and manifests. When they take too
 * much, the connections of the clients that have taken the longest are closed, first of those that
 * have had some time. A body that is made for one client is not made while there is no room for it.
 * Thread-safe.
 */
final class LargeBodies {

  /**
   * The size from which manifests count with those that many clients may share: the cache bounds
   * them. Each client may have another one of the smaller ones.
   */
  static final int LARGE = 64 << 10;

  /** A client on a slow network gets at least this long. */
  static final Duration PATIENCE = Duration.ofSeconds(2);

  private final long most;
  private final long atAnyRate;
  private final LongSupplier nanoTime;

  // Guarded by this, the oldest first.
  private final Set<Body> bodies = new LinkedHashSet<>();
  private long bytes;

  /** Of one client, until it is closed. Not a record: two equal bodies are two. */
  final class Body implements AutoCloseable {

    private final int size;
    private final long since;

    // Guarded by the outer object. Null while the body is being made.
    private @Nullable Closeable answer;

    private Body(int size, @Nullable Closeable answer) {
      this.size = size;
      this.answer = answer;
      since = nanoTime.getAsLong();
    }

    /** The body has been made, and waits for this client. */
    void waitsFor(Closeable sent) {
      synchronized (LargeBodies.this) {
        answer = sent;
      }
    }

    /** It is not needed any more. May be called more than once. */
    @Override
    public void close() {
      synchronized (LargeBodies.this) {
        if (bodies.remove(this)) {
          bytes -= size;
        }
      }
    }
  }

  /**
   * @param most how many bytes may wait before clients are cut off that have had some time
   * @param atAnyRate how many before any are
   */
  LargeBodies(long most, long atAnyRate, LongSupplier nanoTime) {
    this.most = most;
    this.atAnyRate = atAnyRate;
    this.nanoTime = nanoTime;
  }

  /**
   * Counts a body until it is sent. May close the connections of other clients.
   *
   * @param answer closed, on any thread, to end the answer with its connection
   */
  Body hold(int size, Closeable answer) {
    Body body = new Body(size, answer);
    List<Closeable> slow = new ArrayList<>();
    synchronized (this) {
      bodies.add(body);
      bytes += size;
      cut(0, body, slow);
    }
    slow.forEach(IoUtils::safeClose);
    return body;
  }

  /**
   * Counts a body that is going to be made. May close the connections of other clients.
   *
   * @return null if there is no room for it
   */
  @Nullable Body admit(int size) {
    Body body = new Body(size, null);
    List<Closeable> slow = new ArrayList<>();
    boolean fits;
    synchronized (this) {
      cut(size, body, slow);
      fits = bodies.isEmpty() || bytes + size <= most;
      if (fits) {
        bodies.add(body);
        bytes += size;
      }
    }
    slow.forEach(IoUtils::safeClose);
    return fits ? body : null;
  }

  private void cut(int more, Body spared, List<Closeable> slow) {
    Iterator<Body> oldest = bodies.iterator();
    while (bytes + more > most && oldest.hasNext()) {
      Body body = oldest.next();
      boolean hadTime = nanoTime.getAsLong() - body.since >= PATIENCE.toNanos();
      if (body == spared || (!hadTime && bytes + more <= atAnyRate)) {
        break;
      }
      Closeable answer = body.answer;
      if (answer != null) {
        oldest.remove();
        bytes -= body.size;
        slow.add(answer);
      }
    }
  }
}
