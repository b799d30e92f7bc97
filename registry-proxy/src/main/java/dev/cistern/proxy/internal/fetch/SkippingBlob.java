package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.util.Optional;
import java.util.OptionalLong;

/** The rest of a blob, from a position on. The answer it is read from may begin earlier. */
public final class SkippingBlob implements UpstreamBlob {

  private static final int PIECE = 64 << 10;

  private final UpstreamBlob blob;
  private long left;

  /** Owns the blob. */
  public SkippingBlob(UpstreamBlob blob, long position) {
    this.blob = blob;
    left = Math.max(0, position - blob.start());
  }

  /** What it is read from. */
  public UpstreamBlob blob() {
    return blob;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws RegistryException {
    while (left > 0) {
      byte[] skipped = new byte[(int) Math.min(PIECE, left)];
      int count = blob.read(skipped, 0, skipped.length);
      if (count < 0) {
        return -1;
      }
      left -= count;
    }
    return blob.read(buffer, offset, length);
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
  public void cancel() {
    blob.cancel();
  }

  @Override
  public void close() {
    blob.close();
  }
}
