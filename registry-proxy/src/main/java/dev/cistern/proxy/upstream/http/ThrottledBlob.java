package dev.cistern.proxy.upstream.http;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.ForwardingBlob;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A blob that is read no faster than its share of a bandwidth. */
final class ThrottledBlob extends ForwardingBlob {

  private final Bandwidth bandwidth;
  private final CountDownLatch cancelled = new CountDownLatch(1);

  /** Owns the blob. */
  ThrottledBlob(UpstreamBlob blob, Bandwidth bandwidth) {
    super(blob);
    this.bandwidth = bandwidth;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws RegistryException {
    int n = delegate().read(buffer, offset, Math.min(length, bandwidth.portion()));
    if (n > 0) {
      pause(bandwidth.take(n));
    }
    return n;
  }

  private void pause(long nanos) {
    try {
      // A cancellation ends the pause; then the next read fails.
      cancelled.await(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void cancel() {
    // In this order, so that no bytes are read without a pause in between.
    delegate().cancel();
    cancelled.countDown();
  }
}
