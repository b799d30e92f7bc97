package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.internal.concurrent.Interest;
import dev.cistern.proxy.internal.concurrent.TransferThreads;
import dev.cistern.proxy.internal.store.Room;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.storage.FailureText;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of a fetch while it grows: hashes the bytes received, writes them, and then makes them
 * visible to readers. Other connections may write pieces beyond this front; it hashes them when it
 * reaches them. For the thread of the transfer, except where a method says otherwise.
 */
final class Growing implements Transfer.Sink {

  private static final Logger log = LoggerFactory.getLogger(Growing.class);

  /** How much to fetch of a blob of unknown size after its last reader has left. */
  static final int UNFOLLOWED = 16 << 20;

  /** So much must be missing for more than one connection. */
  private static final long LARGE = 4 << 20;

  private static final int BUFFER = 64 * 1024;

  /**
   * So many bytes that come faster than they are written become visible together: each time, all
   * readers that wait for them are woken. The first ones become visible at once.
   */
  private static final int TOGETHER = 512 * 1024;

  /**
   * What is fetched.
   *
   * @param offers gets what is visible to readers
   * @param interest the readers
   */
  record Fetched(
      BlobSource source,
      Room room,
      TransferThreads threads,
      Offers offers,
      Interest interest,
      ConnectionEvents events) {}

  private final Fetched fetched;
  private final SpoolFile file;
  private final BlobHash hash;
  private final boolean several;
  private final Runnable begun;

  private volatile @Nullable KeptPieces kept;
  private volatile @Nullable MoreConnections more;
  private volatile long received;
  private long followedTo;
  private long advanced;

  private Growing(Fetched fetched, SpoolFile file, BlobHash hash, boolean several, Runnable begun) {
    this.fetched = fetched;
    this.file = file;
    this.hash = hash;
    this.several = several;
    this.begun = begun;
    followedTo = hash.length();
    received = hash.length();
  }

  /**
   * A file that grows from where an earlier transfer ended.
   *
   * @param hash of the bytes in the file
   * @param begun run when there will be bytes to read before all are verified
   */
  static Growing from(Fetched fetched, SpoolFile file, BlobHash hash, Runnable begun) {
    return new Growing(fetched, file, hash, true, begun);
  }

  /** A file whose bytes were wrong, and are all received once more by one connection. */
  static Growing anew(Fetched fetched, SpoolFile file, BlobHash hash, Runnable begun) {
    return new Growing(fetched, file, hash, false, begun);
  }

  /** A file that has pieces of the blob. None of its bytes is hashed. */
  static Growing around(
      Fetched fetched, SpoolFile file, KeptPieces kept, BlobHash none, Runnable begun)
      throws IOException {
    fetched.room.reserve(kept.size());
    fetched.room.written(kept.bytes());
    fetched.offers.requireSize(kept.size());
    file.record().begin(kept);
    Growing growing = new Growing(fetched, file, none, true, begun);
    growing.kept = kept;
    growing.more = growing.others(kept, fetched.source.parts().orElse(fetched.source::open));
    kept.pieces().here().forEach(fetched.offers.current()::received);
    return growing;
  }

  /** The pieces that are in the file; empty while one connection fetches the blob in order. */
  Optional<KeptPieces> kept() {
    return Optional.ofNullable(kept);
  }

  /** The hash of the bytes before the front. */
  BlobHash hash() {
    return hash;
  }

  /** How many bytes are in the file. For any thread. */
  long received() {
    MoreConnections others = more;
    return others == null ? received : Math.max(received, others.received());
  }

  /** See {@link MoreConnections#wish}. For any thread. */
  void wish(long position, long end) {
    MoreConnections others = more;
    if (others != null) {
      others.wish(position, end);
    }
  }

  /** Ends all connections but that of the front. For any thread. */
  void endOthers() {
    MoreConnections others = more;
    if (others != null) {
      others.close();
    }
    KeptPieces pieces = kept;
    if (pieces != null) {
      pieces.endReceivers();
    }
  }

  @Override
  public void begin(OptionalLong announced, UpstreamBlob opened) throws IOException {
    if (announced.isPresent()) {
      fetched.room.reserve(announced.getAsLong());
      fetched.offers.requireSize(announced.getAsLong());
    }
    advance();
    KeptPieces pieces = kept;
    if (pieces != null && opened.start() < hash.length()) {
      // It takes no ranges, and would send all of the blob again after each piece.
      pieces.pieces().forgetBeyondGap();
    }
    if (announced.isPresent() && several) {
      allowOthers(announced.getAsLong(), opened);
    }
    if (announced.isPresent() && !WithheldEnd.isWhole(announced.getAsLong())) {
      begun.run();
    }
  }

  private void allowOthers(long size, UpstreamBlob opened) {
    Optional<BlobSource.Parts> parts = fetched.source.parts();
    if (fetched.threads.parallel().most() == 1 || !opened.takesParts() || parts.isEmpty()) {
      return;
    }
    MoreConnections others = more;
    if (others == null && size - hash.length() >= LARGE) {
      KeptPieces pieces = KeptPieces.ofWhole(new Pieces(size, hash.length()), opened.etag());
      others = others(pieces, parts.get());
      kept = pieces;
      more = others;
    }
    if (others != null) {
      others.allow();
    }
  }

  private MoreConnections others(KeptPieces pieces, BlobSource.Parts parts) {
    return new MoreConnections(
        new PieceReceiver.Blob(
            fetched.offers.digest(), fetched.source.name(), pieces.size(), pieces.etag()),
        parts,
        file,
        pieces,
        fetched.offers,
        fetched.threads,
        fetched.interest,
        fetched.events);
  }

  @Override
  public void append(byte[] bytes, int offset, int count) throws IOException, RegistryException {
    long position = hash.length();
    endUnlessFollowed(position);
    endUnlessAsked();
    int given =
        (int)
            Math.min(count, Math.max(0, fetched.offers.current().progress().visible() - position));
    if (given > 0) {
      given = countSame(bytes, offset, given, position);
    }
    fetched.room.growTo(position + count);
    file.write(bytes, offset + given, count - given, position + given);
    fetched.room.written(position + count);
    hash.update(bytes, offset, count, position);
    MoreConnections others = more;
    if (others != null) {
      others.frontReceived(count);
    }
    if (position + count - advanced >= Math.min(TOGETHER, advanced)) {
      advance();
    }
  }

  @Override
  public void caughtUp() {
    if (advanced < hash.length()) {
      advance();
    }
  }

  /** How many of these bytes are in the file already: all of them, or none. */
  private int countSame(byte[] bytes, int offset, int count, long position) throws IOException {
    byte[] before = new byte[count];
    int read = file.read(before, count, position);
    if (Arrays.equals(before, 0, read, bytes, offset, offset + count)) {
      return count;
    }
    fetched.offers.bytesDiffer();
    return 0;
  }

  /**
   * A fetch goes on when its readers have left, so that the next client gets the blob. But one of
   * unknown size may have no end.
   */
  private void endUnlessFollowed(long position) throws RegistryException {
    if (fetched.offers.current().announced().isPresent() || fetched.interest.isWanted()) {
      followedTo = position;
    } else if (position - followedTo > UNFOLLOWED && !fetched.interest.begin()) {
      throw new RegistryException(
          ErrorCode.UNAVAILABLE,
          "Blob %s of unknown size is not fetched to its end: no client reads it"
              .formatted(fetched.offers.digest()));
    }
  }

  /**
   * What was fetched ahead of clients, and is not here when their time to ask is over, ends. That
   * it takes so long shows that the upstream, or the way to it, is limited, whatever limits it: one
   * that is not has sent all by then. What is here is kept for the next fetch.
   */
  private void endUnlessAsked() throws RegistryException {
    if (fetched.interest.isAhead() && !fetched.interest.begin()) {
      throw new RegistryException(
          ErrorCode.UNAVAILABLE,
          "Blob %s is not fetched to its end: no client has asked for it"
              .formatted(fetched.offers.digest()));
    }
  }

  private void advance() {
    advanced = hash.length();
    received = advanced;
    MoreConnections others = more;
    if (others != null) {
      fetched.room.written(others.received());
    }
    fetched.offers.current().received(0, advanced);
  }

  @Override
  public OptionalLong endOfRequest() {
    MoreConnections others = more;
    return others == null ? OptionalLong.empty() : others.endOfRequest();
  }

  @Override
  public int admit(int count) {
    MoreConnections others = more;
    return others == null ? count : others.admit(count);
  }

  @Override
  public boolean isTaken() {
    MoreConnections others = more;
    return others != null && others.isFrontTaken();
  }

  @Override
  public void failed(RegistryException cause) {
    MoreConnections others = more;
    if (others != null) {
      others.frontFailed(cause);
    }
  }

  @Override
  public long awaitTurn(long position) throws IOException, RegistryException {
    MoreConnections others = more;
    if (others == null) {
      return position;
    }
    byte[] buffer = new byte[BUFFER];
    for (long end = others.awaitFront(); end > hash.length(); end = others.awaitFront()) {
      while (hash.length() < end) {
        long at = hash.length();
        int n = file.read(buffer, (int) Math.min(BUFFER, end - at), at);
        if (n <= 0) {
          throw new EOFException("the spool file ends at " + at);
        }
        hash.update(buffer, 0, n, at);
        others.hashed(hash.length());
      }
      advance();
    }
    return hash.length();
  }

  /**
   * Leaves in the file what another transfer may go on with.
   *
   * @param resumable whether one can go on after the bytes that came in order
   * @return false when that is nothing
   */
  boolean leavesFor(boolean resumable, RegistryException cause) {
    if (cause instanceof WrongBytesException || cause instanceof TooLargeException) {
      return false;
    }
    return leavesPieces() || (resumable && hash.length() > WithheldEnd.BYTES && isCutToFront());
  }

  private boolean leavesPieces() {
    KeptPieces pieces = kept;
    return pieces != null
        && (pieces.areOfWhole() ? pieces.pieces().hasGap() : !pieces.repositories().isEmpty());
  }

  /** What is beyond may have gaps, or be of an earlier, wrong answer. */
  private boolean isCutToFront() {
    try {
      file.cutAt(hash.length());
      return true;
    } catch (IOException e) {
      log.debug("Spool file {} is not kept: {}", file.path(), FailureText.of(e));
      return false;
    }
  }

  /** Keeps the file, which is not written any more, for another transfer. */
  void keepIn(SpoolDirectory spools) {
    KeptPieces pieces = kept;
    if (pieces != null && leavesPieces()) {
      spools.keepPieces(fetched.offers.digest(), file, pieces.settled());
    } else {
      spools.keepUnfinished(fetched.offers.digest(), file.path());
    }
  }
}
