package dev.cistern.proxy.testing;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.event.BlobTransfer;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.CacheRequest;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.Cause;
import dev.cistern.proxy.event.UpstreamCall;
import dev.cistern.proxy.upstream.UpstreamException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** Records the events of a cache, one line for each. */
public final class RecordedEvents implements CacheListener {

  // Guarded by this.
  private final List<String> events = new ArrayList<>();

  /** A listener that throws at each request. */
  public static CacheListener throwing() {
    return new CacheListener() {
      @Override
      public void requestAnswered(CacheRequest request, CacheStatus status) {
        throw new IllegalStateException("a careless listener");
      }
    };
  }

  private synchronized void add(String event) {
    events.add(event);
    notifyAll();
  }

  /** What was told until now, in order. */
  public synchronized List<String> list() {
    return List.copyOf(events);
  }

  /** Returns when this was told. */
  public synchronized void await(String event) {
    long deadline = System.nanoTime() + Await.DEADLINE.toNanos();
    while (!events.contains(event)) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new AssertionError("not told: " + event + " in " + events);
      }
      try {
        wait(Math.max(1, left / 1_000_000));
      } catch (InterruptedException e) {
        throw new AssertionError("interrupted", e);
      }
    }
  }

  @Override
  public void requestAnswered(CacheRequest request, CacheStatus status) {
    add("requestAnswered " + request.kind() + " " + status.getClass().getSimpleName());
  }

  @Override
  public void requestFailed(CacheRequest request, RegistryException cause) {
    add("requestFailed " + request.kind() + " " + cause.code());
  }

  @Override
  public void fetchStarted(BlobTransfer transfer) {
    add("fetchStarted");
  }

  @Override
  public void fetchJoined(BlobTransfer transfer, Cause joined) {
    add("fetchJoined");
  }

  @Override
  public void fetchCompleted(BlobTransfer transfer, long bytes, Duration time) {
    add("fetchCompleted " + bytes);
  }

  @Override
  public void fetchFailed(BlobTransfer transfer, Throwable cause) {
    add("fetchFailed");
  }

  @Override
  public void upstreamAnswered(UpstreamCall call, OptionalInt status, Duration time) {
    add("upstreamAnswered " + call.kind());
  }

  @Override
  public void upstreamFailed(
      UpstreamCall call, OptionalInt status, UpstreamException cause, Duration time) {
    add("upstreamFailed " + call.kind() + " " + cause.kind());
  }

  @Override
  public void bodyReceived(UpstreamCall call, long bytes, Duration time) {
    add("bodyReceived " + call.kind() + " " + bytes);
  }

  @Override
  public void upstreamDown(String upstream, String reason) {
    add("upstreamDown " + reason);
  }
}
