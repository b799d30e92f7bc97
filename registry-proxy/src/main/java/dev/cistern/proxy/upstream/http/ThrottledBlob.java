package dev.cistern.proxy.upstream.http;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A blob that is read no faster than its share of a bandwidth. */
final class ThrottledBlob implements UpstreamBlob {

  private final UpstreamBlob blob;
  private final Bandwidth bandwidth;
  private final CountDownLatch cancelled = new CountDownLatch(1);

  /** Owns the blob. */
  ThrottledBlob(UpstreamBlob blob, Bandwidth bandwidth) {
    this.blob = blob;
    this.bandwidth = bandwidth;
  }

  @Override
  public OptionalLong totalLength() {
    return blob.totalLength();
  }

  @Override
  public long start() {
    return blob.start();
  }

  @Override
  public Optional<String> etag() {
    return blob.etag();
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws RegistryException {
    int n = blob.read(buffer, offset, Math.min(length, bandwidth.portion()));
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
  public boolean takesParts() {
    return blob.takesParts();
  }

  @Override
  public void cancel() {
    // In this order, so that no bytes are read without a pause in between.
    blob.cancel();
    cancelled.countDown();
  }

  @Override
  public void close() {
    blob.close();
  }
}
