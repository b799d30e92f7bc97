package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * A source that receives large blobs on a second thread, see {@link ReadAheadBlob}.
 *
 * @param receiving one thread for each transfer
 */
record ReadAheadSource(BlobSource source, Executor receiving) implements BlobSource {

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
  public UpstreamBlob open(ResumePoint from) throws RegistryException {
    UpstreamBlob blob = source.open(from);
    OptionalLong size = blob.totalLength();
    if (size.isPresent() && size.getAsLong() - blob.start() <= ReadAheadBlob.WINDOW) {
      // Too small for a second thread to help.
      return blob;
    }
    ReadAheadBlob ahead = new ReadAheadBlob(blob);
    try {
      receiving.execute(ahead::receive);
    } catch (RejectedExecutionException e) {
      // The cache is shutting down, or transfers that hang occupy all threads.
      return blob;
    }
    return ahead;
  }
}
