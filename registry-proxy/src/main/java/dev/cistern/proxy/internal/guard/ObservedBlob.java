package dev.cistern.proxy.internal.guard;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.UpstreamCall;
import dev.cistern.proxy.upstream.ForwardingBlob;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.proxy.upstream.UpstreamException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/** Reports the end of a blob to a listener, with the count of received bytes. */
final class ObservedBlob extends ForwardingBlob {

  private final UpstreamCall call;
  private final CacheListener listener;
  private final UpstreamFailureLog failures;
  private final long start = System.nanoTime();
  private final AtomicBoolean ended = new AtomicBoolean();
  private final AtomicLong received = new AtomicLong();

  /** Owns the blob. */
  ObservedBlob(
      UpstreamBlob blob, UpstreamCall call, CacheListener listener, UpstreamFailureLog failures) {
    super(blob);
    this.call = call;
    this.listener = listener;
    this.failures = failures;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws RegistryException {
    try {
      int count = delegate().read(buffer, offset, length);
      if (count > 0) {
        received.addAndGet(count);
      }
      return count;
    } catch (UpstreamException e) {
      failures.report(e);
      throw e;
    } catch (RuntimeException e) {
      UpstreamException failure = ObservedUpstream.unreadable(call.upstream(), call.target(), e);
      failures.report(failure);
      throw failure;
    }
  }

  @Override
  public void close() {
    delegate().close();
    if (ended.compareAndSet(false, true)) {
      listener.bodyReceived(call, received.get(), ObservedUpstream.since(start));
    }
  }
}
