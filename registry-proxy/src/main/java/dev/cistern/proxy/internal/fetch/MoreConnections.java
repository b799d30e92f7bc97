package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.event.Cause;
import dev.cistern.proxy.event.PieceKind;
import dev.cistern.proxy.internal.concurrent.Interest;
import dev.cistern.proxy.internal.concurrent.ParallelTransfers;
import dev.cistern.proxy.internal.concurrent.TransferThreads;
import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import dev.cistern.proxy.internal.concurrent.WorkQueue;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections that help to transfer one blob besides the first one.
 *
 * <p>The first connection transfers the blob in order, from the first byte: the front. Others get a
 * piece beyond it when a reader waits for one, or when {@link Pace} has measured that they help.
 * The trial of the second connection gets the last piece of the blob, so that the first one is not
 * stopped if the trial shows that one is enough. No connection is opened while another blob waits
 * for its turn, nor for a blob that no client waits for.
 *
 * <p>When the upstream refuses a further connection, or one of them fails, the first one goes on
 * alone. So none of them ever fails the transfer; only the disk does. Thread-safe.
 */
final class MoreConnections {

  private static final Logger log = LoggerFactory.getLogger(MoreConnections.class);

  private static final long USUAL_PIECE = 8 << 20;
  private static final long LEAST_PIECE = 4 << 20;
  private static final long LARGEST_PIECE = 32 << 20;
  private static final long LAST_PIECES = 2 << 20;

  private static final long BETWEEN_LOOKS = 20_000_000;

  private final PieceReceiver.Blob blob;
  private final BlobSource.Parts source;
  private final SpoolFile file;
  private final Offers offers;
  private final WorkQueue threads;
  private final ParallelTransfers limit;
  private final int most;
  private final Interest interest;
  private final ConnectionEvents events;
  private final Cause cause = UpstreamWork.cause();
  private final KeptPieces kept;
  private final Pieces pieces;
  private final OpenWrites writes;

  // Guarded by this.
  private final Pace pace;
  private final Set<Receiver> receivers = new HashSet<>();
  private long nextLook;
  private boolean allowed;
  private boolean alone;

  private volatile @Nullable IOException failure;

  /**
   * None begins before {@link #allow}.
   *
   * @param source opens parts of the blob
   * @param kept what is in the file, and who receives the rest
   * @param threads run the connections while they have nothing else to do
   * @param interest who waits for the blob
   */
  MoreConnections(
      PieceReceiver.Blob blob,
      BlobSource.Parts source,
      SpoolFile file,
      KeptPieces kept,
      Offers offers,
      TransferThreads threads,
      Interest interest,
      ConnectionEvents events) {
    this.blob = blob;
    this.source = source;
    this.file = file;
    this.offers = offers;
    this.kept = kept;
    pieces = kept.pieces();
    writes = kept.writes();
    this.threads = threads.transfers();
    limit = threads.parallel();
    this.interest = interest;
    this.events = events;
    most = limit.most();
    pace = new Pace(most);
  }

  /** How many bytes are here. */
  long received() {
    return pieces.received();
  }

  // The front.

  /** Where the next request of the front ends; empty: with the blob. */
  OptionalLong endOfRequest() {
    boolean several;
    boolean bounded;
    long piece;
    synchronized (this) {
      several = !alone && pace.connections() > 1;
      bounded = !alone;
      piece = piece();
    }
    long end = pieces.endOfRequest(several ? piece : Long.MAX_VALUE);
    return bounded && end < blob.size() ? OptionalLong.of(end) : OptionalLong.empty();
  }

  /** See {@link Pieces#admit(int)}. */
  int admit(int count) {
    return pieces.admit(count);
  }

  /** See {@link Pieces#isFrontTaken}. */
  boolean isFrontTaken() {
    return pieces.isFrontTaken();
  }

  /** See {@link Pieces#frontReceived}. */
  void frontReceived(int count) throws IOException {
    pieces.frontReceived(count);
    goOn();
  }

  /** See {@link Pieces#hashed}. */
  void hashed(long position) throws IOException {
    pieces.hashed(position);
    goOn();
  }

  private void goOn() throws IOException {
    requireFile();
    file.record().update(kept);
    look();
  }

  private void requireFile() throws IOException {
    IOException cause = failure;
    if (cause != null) {
      throw cause;
    }
  }

  /** See {@link Pieces#awaitFront}. */
  long awaitFront() throws RegistryException, IOException {
    requireFile();
    try {
      long end = pieces.awaitFront();
      requireFile();
      return end;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RegistryException(ErrorCode.UNAVAILABLE, "The transfer was interrupted", e);
    }
  }

  // How many there are.

  /** The upstream has said that it takes requests for parts. */
  synchronized void allow() {
    allowed = true;
    startUseful();
  }

  /** A reader waits at this position, and reads on to {@code end}. */
  void wish(long position, long end) {
    if (pieces.wish(position, end)) {
      synchronized (this) {
        startUseful();
      }
    }
  }

  /** Some bytes were received: finds out whether more connections help, and starts them. */
  private synchronized void look() {
    long now = System.nanoTime();
    if (!mayStart() || now - nextLook < 0) {
      return;
    }
    nextLook = now + BETWEEN_LOOKS;
    if (receivers.isEmpty() && !interest.isWaitedFor()) {
      // A trial would end without the connection that it is about.
      return;
    }
    int receiving = pieces.frontReceives() ? 1 : 0;
    for (Receiver receiver : receivers) {
      receiving += receiver.hasReceived ? 1 : 0;
    }
    pace.received(now, pieces.received(), receiving, pieces.missing());
    startUseful();
  }

  private boolean mayStart() {
    return allowed && !alone && failure == null && !writes.isClosed();
  }

  private void startUseful() {
    if (!mayStart()) {
      return;
    }
    while (receivers.size() < useful()) {
      Receiver receiver = new Receiver();
      receivers.add(receiver);
      if (!threads.startSpare(receiver)) {
        receivers.remove(receiver);
        return;
      }
      if (receivers.size() >= most) {
        break;
      }
    }
    if (receivers.size() >= most - 1 && pieces.wished() > 0) {
      pieces.cutFarthest();
    }
  }

  /** How many connections should receive pieces now. */
  private int useful() {
    int front = pieces.frontReceives() ? 1 : 0;
    int wished = pieces.wished();
    int forReaders = wished == 0 ? 0 : Math.min(most - front, pieces.claimed() + wished);
    return pieces.missing() >= LAST_PIECES && interest.isWaitedFor()
        ? Math.max(forReaders, pace.connections() - front)
        : forReaders;
  }

  private synchronized Optional<Claim> next(Receiver receiver) {
    if (alone || writes.isClosed() || receiver.ending) {
      return Optional.empty();
    }
    Optional<Claim> wished = pieces.claimWished(piece());
    if (wished.isPresent()) {
      return wished;
    }
    if (receivers.size() > useful()) {
      return Optional.empty();
    }
    long piece = piece();
    return pace.isFirstTrial()
        ? pieces.claimLast(piece)
        : pieces.claimNext(piece, piece, 2L * most * piece);
  }

  /** About what one connection brings in a second, and less where the blob ends. */
  private long piece() {
    double rate = pace.ratePerConnection();
    long piece =
        rate > 0 ? Math.max(LEAST_PIECE, Math.min(LARGEST_PIECE, (long) rate)) : USUAL_PIECE;
    return Math.max(LAST_PIECES, Math.min(piece, pieces.missing() / most));
  }

  /**
   * A request of the first connection has failed: it goes on alone. That says little about further
   * ones, unless the upstream complains of too many.
   */
  void frontFailed(RegistryException cause) {
    goOnAlone(cause);
    if (cause.code() == ErrorCode.TOOMANYREQUESTS) {
      limit.refused();
    }
  }

  private void goOnAlone(RegistryException cause) {
    synchronized (this) {
      if (alone || writes.isClosed() || (receivers.isEmpty() && pace.connections() == 1)) {
        return;
      }
      alone = true;
      pace.one();
    }
    pieces.forgetWishes();
    events.refused(cause);
    log.info(
        "Blob {} is transferred from upstream {} by one connection from now on: {}",
        blob.digest(),
        blob.upstream(),
        cause.getMessage());
  }

  /** Ends all but the first connection. None of them writes to the file afterwards. */
  void close() {
    List<Receiver> open;
    writes.close();
    synchronized (this) {
      open = List.copyOf(receivers);
    }
    open.forEach(receiver -> receiver.connection.cancel());
    writes.await();
  }

  private synchronized void ended(Receiver receiver) {
    receivers.remove(receiver);
    if (pieces.wished() > 0) {
      // The reader has come when this one had found nothing more to receive, and counted for it.
      startUseful();
    }
  }

  /** One connection. Receives piece after piece. */
  private final class Receiver implements WorkQueue.Spare {

    private final PieceReceiver connection = new PieceReceiver(pieces, source, this::write);

    private volatile boolean hasReceived;
    private volatile boolean ending;
    private volatile @Nullable Claim claim;

    @Override
    public void run() {
      try {
        if (file.retain()) {
          events.opened();
          try {
            UpstreamWork.with(interest, cause, this::receiveAll);
          } finally {
            events.closed();
            file.release();
          }
        }
      } finally {
        ended(this);
      }
    }

    private void receiveAll() {
      for (Optional<Claim> next = next(this); next.isPresent(); next = next(this)) {
        Claim piece = next.get();
        claim = piece;
        try {
          connection.receive(blob, piece);
        } catch (RegistryException e) {
          if (ending || writes.isClosed()) {
            // That is why it failed.
            return;
          }
          goOnAlone(e);
          limit.refused();
        } catch (IOException e) {
          failure = e;
          return;
        } finally {
          claim = null;
          pieces.release(piece);
          events.received(
              piece.isWanted() ? PieceKind.READER : PieceKind.AHEAD,
              pieces.position(piece) - piece.start(),
              connection.takeUnused());
        }
      }
    }

    private boolean write(Claim piece, byte[] bytes, int count) throws IOException {
      if (!writes.begin()) {
        return false;
      }
      try {
        file.record().begin(kept);
        long position = pieces.position(piece);
        file.write(bytes, 0, count, position);
        pieces.received(piece, count);
        offers.current().received(position, position + count);
        hasReceived = true;
        file.record().update(kept);
      } finally {
        writes.end();
      }
      look();
      return true;
    }

    @Override
    public void endSoon() {
      ending = true;
      Claim piece = claim;
      if (piece != null) {
        pieces.cut(piece);
      }
      // The thread may be waiting for headers or bytes of an upstream that sends nothing.
      connection.cancel();
    }
  }
}
