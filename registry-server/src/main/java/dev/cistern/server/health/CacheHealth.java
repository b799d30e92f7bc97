package dev.cistern.server.health;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.event.UpstreamCall;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

/** What the events of a cache say about its health. Thread-safe. */
public final class CacheHealth implements CacheListener {

  /** Clients may name upstreams that are not listed. */
  private static final int MAX_FAILING = 200;

  private final Map<String, String> failing = new ConcurrentHashMap<>();
  private volatile String sweepError = "";

  /** The upstreams that are failing, with their last error. */
  Map<String, String> failing() {
    return Map.copyOf(failing);
  }

  /** Why storage could not be listed or swept last; empty if it could. */
  String sweepError() {
    return sweepError;
  }

  @Override
  public void upstreamDown(String upstream, String reason) {
    if (failing.size() < MAX_FAILING) {
      failing.put(upstream, reason);
    }
  }

  @Override
  public void upstreamUp(String upstream) {
    failing.remove(upstream);
  }

  /** The configuration may have changed in between, and with it the one who probes. */
  @Override
  public void upstreamAnswered(UpstreamCall call, OptionalInt status, Duration time) {
    if (!failing.isEmpty()) {
      failing.remove(call.upstream());
    }
  }

  @Override
  public void storageFailed(StorageFault fault, String attempt, Throwable cause) {
    if (fault == StorageFault.SWEEP) {
      sweepError = attempt + ": " + cause;
    }
  }
}
