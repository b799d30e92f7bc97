package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * A source that receives large blobs on a second thread, see {@link ReadAheadBlob}.
 *
 * @param receiving one thread for each transfer, or for some of them, without a queue
 */
record ReadAheadSource(BlobSource source, Executor receiving) implements BlobSource {

  /**
   * With so many bytes or fewer, a second thread costs more than it brings: its start, a window,
   * and two wake-ups for every few kilobytes of a slow upstream. Layers that are pulled together
   * keep all processors busy without it.
   */
  static final long SMALL = 8 << 20;

  @Override
  public String name() {
    return source.name();
  }

  @Override
  public boolean isDeclared(long size) {
    return source.isDeclared(size);
  }

  @Override
  public boolean isCached() {
    return source.isCached();
  }

  @Override
  public boolean isWorthKeeping() {
    return source.isWorthKeeping();
  }

  @Override
  public Optional<Parts> parts() {
    return source.parts().map(parts -> part -> received(parts.open(part), part));
  }

  @Override
  public UpstreamBlob open(ResumePoint from) throws RegistryException {
    return received(source.open(from), from);
  }

  private UpstreamBlob received(UpstreamBlob blob, ResumePoint from) {
    long end =
        Math.min(blob.totalLength().orElse(Long.MAX_VALUE), from.end().orElse(Long.MAX_VALUE));
    if (end - blob.start() <= SMALL) {
      return blob;
    }
    ReadAheadBlob ahead = new ReadAheadBlob(blob);
    try {
      receiving.execute(ahead::receive);
    } catch (RejectedExecutionException e) {
      // The cache is shutting down, or other transfers occupy all threads.
      return blob;
    }
    return ahead;
  }
}
