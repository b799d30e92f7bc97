package dev.cistern.proxy.upstream;

import dev.cistern.api.RegistryException;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Passes every call on to another blob, which it owns. Extend it to change some of them. For the
 * threads that {@link UpstreamBlob} names, if that blob is.
 */
public abstract class ForwardingBlob implements UpstreamBlob {

  private final UpstreamBlob blob;

  /** Owns the blob. */
  protected ForwardingBlob(UpstreamBlob blob) {
    this.blob = Objects.requireNonNull(blob);
  }

  /** What the calls are passed on to. */
  protected final UpstreamBlob delegate() {
    return blob;
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
  public boolean takesParts() {
    return blob.takesParts();
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws RegistryException {
    return blob.read(buffer, offset, length);
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
