package dev.cistern.proxy.internal.fetch;

import dev.cistern.proxy.policy.RetryPolicy;
import java.util.ArrayList;
import java.util.List;

/** The fetches of pieces that readers start. A test runs them, one after the other. */
final class HeldFetches implements PartReader.Fetching, PieceFetch.Ends {

  final List<PieceFetch> started = new ArrayList<>();
  private final BlobSource source;
  private final RetryPolicy retries;

  HeldFetches(BlobSource source, RetryPolicy retries) {
    this.source = source;
    this.retries = retries;
  }

  @Override
  public String upstream() {
    return source.name();
  }

  @Override
  public PieceFetch fetch(PartialBlob of, PartReader reader, long from, long to) {
    return new PieceFetch(of, reader, from, to, source, retries, this);
  }

  @Override
  public void start(PieceFetch fetch) {
    started.add(fetch);
  }

  @Override
  public void left(PartialBlob partial) {}

  @Override
  public void received(PartialBlob partial, long bytes, long unused) {}

  @Override
  public void useless(PartialBlob partial, Exception cause) {
    throw new AssertionError(cause);
  }

  @Override
  public void ended(PartialBlob partial) {}
}
