package dev.cistern.proxy.internal.fetch;

import dev.cistern.proxy.event.BlobTransfer;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.PieceKind;
import dev.cistern.proxy.policy.RetryPolicy;

/** Fetches the pieces that one reader waits for, and decides what becomes of them. */
final class RelayedPieces implements PartReader.Fetching, PieceFetch.Ends {

  /** What is told of all readers' pieces. */
  interface Owner {

    /** All bytes of the blob are here. */
    void complete(RangeFetches.Wanted wanted, RangeFetches.Origin origin);

    /** Pieces are dropped, and the whole blob is fetched. */
    void dropped(PartialBlob partial, String upstream, Exception cause);
  }

  private final RangeFetches.Wanted wanted;
  private final RangeFetches.Origin origin;
  private final PartialBlobs partials;
  private final RetryPolicy retries;
  private final Owner owner;
  private final String upstream;
  private final ConnectionEvents events;

  RelayedPieces(
      RangeFetches.Wanted wanted,
      RangeFetches.Origin origin,
      PartialBlobs partials,
      RetryPolicy retries,
      CacheListener listener,
      Owner owner) {
    this.wanted = wanted;
    this.origin = origin;
    this.partials = partials;
    this.retries = retries;
    this.owner = owner;
    upstream = origin.source().name();
    BlobTransfer transfer =
        new BlobTransfer(
            upstream, wanted.repository(), wanted.digest(), wanted.requester().cause());
    events = new ConnectionEvents(listener, transfer);
  }

  @Override
  public String upstream() {
    return upstream;
  }

  @Override
  public PieceFetch fetch(PartialBlob partial, PartReader reader, long from, long to) {
    BlobSource source = new ReadAheadSource(origin.source(), origin.threads().receiving());
    return new PieceFetch(partial, reader, from, to, source, retries, this);
  }

  @Override
  public void start(PieceFetch fetch) {
    fetch.start(origin.threads().transfers());
  }

  @Override
  public void left(PartialBlob partial) {
    partials.settleSoon(partial);
  }

  @Override
  public void received(PartialBlob partial, long bytes, long unused) {
    events.received(PieceKind.RELAY, bytes, unused);
    if (bytes > 0 && partial.completes()) {
      owner.complete(wanted, origin);
    }
  }

  @Override
  public void useless(PartialBlob partial, Exception cause) {
    if (!partial.abandon()) {
      return;
    }
    partials.remove(partial);
    owner.dropped(partial, upstream, cause);
    // The whole is fetched now, and would be a second transfer of what others receive.
    partial.kept().endReceivers();
  }

  @Override
  public void ended(PartialBlob partial) {
    partials.settleSoon(partial);
  }
}
