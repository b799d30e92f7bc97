package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.ForwardingBlob;
import dev.cistern.proxy.upstream.UpstreamBlob;

/** The rest of a blob, from a position on. The answer it is read from may begin earlier. */
public final class SkippingBlob extends ForwardingBlob {

  private static final int PIECE = 64 << 10;

  private long left;

  /** Owns the blob. */
  public SkippingBlob(UpstreamBlob blob, long position) {
    super(blob);
    left = Math.max(0, position - blob.start());
  }

  /** What it is read from. */
  public UpstreamBlob blob() {
    return delegate();
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws RegistryException {
    while (left > 0) {
      byte[] skipped = new byte[(int) Math.min(PIECE, left)];
      int count = delegate().read(skipped, 0, skipped.length);
      if (count < 0) {
        return -1;
      }
      left -= count;
    }
    return delegate().read(buffer, offset, length);
  }
}
