package dev.cistern.proxy.internal.cluster;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, read by one thread with a limit to how long it waits. Holds only a few
 * pieces that are not read yet.
 */
final class PeerBody implements BodySubscriber<PeerBody> {

  /** Of 16 KiB each. */
  private static final int PIECES = 16;

  /** What {@link #read} returns when no byte came in time. */
  static final int NOTHING = 0;

  private record Event(List<ByteBuffer> bytes, @Nullable Throwable failure, boolean isEnd) {}

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

  // Only the reading thread uses these.
  private final Deque<ByteBuffer> ready = new ArrayDeque<>();
  private @Nullable Event last;

  // Guarded by this.
  private @Nullable Subscription subscription;
  private boolean cancelled;

  @Override
  public CompletionStage<PeerBody> getBody() {
    return CompletableFuture.completedStage(this);
  }

  @Override
  public void onSubscribe(Subscription begun) {
    boolean late;
    synchronized (this) {
      subscription = begun;
      late = cancelled;
    }
    if (late) {
      begun.cancel();
    } else {
      begun.request(PIECES);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> bytes) {
    events.add(new Event(bytes, null, false));
  }

  @Override
  public void onError(Throwable failure) {
    events.add(new Event(List.of(), failure, true));
  }

  @Override
  public void onComplete() {
    events.add(new Event(List.of(), null, true));
  }

  /**
   * Reads as many bytes as have been received, and waits for the first one.
   *
   * @return {@link #NOTHING} if none came in time; -1 at the end
   * @throws IOException when the connection broke; all bytes before that were returned
   */
  int read(byte[] buffer, int offset, int length, Duration patience) throws IOException {
    int count = take(buffer, offset, length);
    while (count < length && last == null) {
      Event event = count == 0 ? await(patience) : events.poll();
      if (event == null) {
        return count;
      }
      accept(event);
      count += take(buffer, offset + count, length - count);
    }
    if (count > 0 || length == 0) {
      return count;
    }
    if (last != null && last.failure != null) {
      throw new IOException(String.valueOf(last.failure.getMessage()), last.failure);
    }
    return -1;
  }

  private @Nullable Event await(Duration patience) throws IOException {
    try {
      return events.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the transfer was interrupted", e);
    }
  }

  private void accept(Event event) {
    if (event.isEnd) {
      last = event;
      return;
    }
    ready.addAll(event.bytes);
    Subscription running = subscription();
    if (running != null) {
      running.request(1);
    }
  }

  private int take(byte[] buffer, int offset, int length) {
    int count = 0;
    for (ByteBuffer first = ready.peek(); first != null && count < length; first = ready.peek()) {
      int part = Math.min(length - count, first.remaining());
      first.get(buffer, offset + count, part);
      count += part;
      if (!first.hasRemaining()) {
        ready.remove();
      }
    }
    return count;
  }

  private synchronized @Nullable Subscription subscription() {
    return subscription;
  }

  /**
   * Ends the answer. A blocked {@link #read} fails. Any thread may call it, any number of times.
   */
  void cancel() {
    Subscription running;
    synchronized (this) {
      cancelled = true;
      running = subscription;
    }
    if (running != null) {
      running.cancel();
    }
    events.add(new Event(List.of(), new IOException("the transfer was cancelled"), true));
  }
}
