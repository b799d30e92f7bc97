package dev.cistern.proxy.upstream.http;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import okhttp3.Call;

/** The calls in progress, until their bodies end, so that closing an upstream can end them. */
final class OpenCalls {

  private final Set<Call> calls = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * Adds a call.
   *
   * @throws CallEndedException once {@link #endAll} has been called
   */
  void add(Call call) throws CallEndedException {
    calls.add(call);
    // Checked after adding: either endAll sees the call, or this sees that all calls were ended.
    if (closed) {
      calls.remove(call);
      throw new CallEndedException("the upstream's client is closed");
    }
  }

  void remove(Call call) {
    calls.remove(call);
  }

  void endAll() {
    closed = true;
    calls.forEach(Call::cancel);
  }

  int count() {
    return calls.size();
  }
}
