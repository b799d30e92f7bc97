package dev.cistern.proxy.internal.fetch;

import java.time.Duration;
import java.util.Optional;

/**
 * Which bytes of one blob are in its file, and who receives which of the others: each byte is given
 * to one receiver at a time.
 *
 * <p>The front is the position up to which all bytes are here and hashed; it only grows. Its thread
 * receives the blob in order, hashes what others have received, and waits for those bytes that
 * another one is receiving. All others receive pieces beyond it, which they claim: first where a
 * reader waits, then the gaps nearest to the front. The plan decides nothing about how many there
 * are. Thread-safe.
 */
final class Pieces {

  /** A smaller piece is not worth a request. */
  static final long SMALLEST = 1 << 20;

  /** A reader that waits so near to the front waits for the front. */
  static final long NEAR = 2 << 20;

  /** How long the front waits while nothing is received at all. */
  static final Duration SILENCE = Duration.ofSeconds(5);

  private static final long ALIGNED = 64 << 10;

  private final long size;

  // Guarded by this.
  private final Runs here = new Runs();
  private final Claims claims = new Claims();
  private final Wishes wishes = new Wishes();
  private long front;
  private boolean frontReceives = true;

  /**
   * The front receives.
   *
   * @param front how many bytes are here, from the first
   */
  Pieces(long size, long front) {
    this.size = size;
    this.front = front;
    here.add(0, front);
  }

  /** Some bytes are here, none of which is hashed. The front does not receive. */
  Pieces(long size, Runs kept) {
    this.size = size;
    here.addAll(kept);
    frontReceives = false;
  }

  /** How many bytes the blob has. */
  long size() {
    return size;
  }

  /** Which bytes are here. */
  synchronized Runs here() {
    Runs copy = new Runs();
    copy.addAll(here);
    return copy;
  }

  /** How many bytes are here. */
  synchronized long received() {
    return here.count();
  }

  /** Where the bytes end that are here without a gap from a position on; itself if it is not. */
  synchronized long endOfHere(long position) {
    return here.endAt(position);
  }

  /** How many bytes are here without a gap, from the first. */
  synchronized long withoutGap() {
    return here.endAt(0);
  }

  /** Whether bytes are here before which others are not. */
  synchronized boolean hasGap() {
    return here.count() > here.endAt(0);
  }

  /** The front receives what is beyond the first gap once more. */
  synchronized void forgetBeyondGap() {
    long end = here.endAt(0);
    here.clear();
    here.add(0, end);
  }

  /** How many bytes are neither here nor being received beyond the front. */
  synchronized long missing() {
    return size - here.count() - claims.missing();
  }

  /** Whether the thread of the front is receiving, and is not waiting for others. */
  synchronized boolean frontReceives() {
    return frontReceives;
  }

  /** How many pieces are being received. */
  synchronized int claimed() {
    return claims.count();
  }

  // The front.

  /**
   * Where a request of the front should end: before what others have or receive, or after a piece.
   *
   * @param piece how much to request at most
   */
  synchronized long endOfRequest(long piece) {
    frontReceives = true;
    long taken = takenFrom(front);
    // What has just come ends the request at once.
    return taken == front ? size : Math.min(taken, piece < size - front ? front + piece : size);
  }

  /** How many of these bytes the front may take; the others are here, or are being received. */
  synchronized int admit(int count) {
    return (int) Math.min(count, takenFrom(front) - front);
  }

  /** The front has received bytes that it was admitted. */
  synchronized void frontReceived(int count) {
    here.add(front, front + count);
    front += count;
  }

  /** The front has hashed bytes that others have received. */
  synchronized void hashed(long position) {
    front = Math.max(front, position);
  }

  /** Whether the front has to stop to receive: the next byte is here, or is being received. */
  synchronized boolean isFrontTaken() {
    return front < size && takenFrom(front) == front;
  }

  /**
   * Waits until other connections have received the bytes at the front, or none of them does. One
   * that brings nothing for too long loses its claim.
   *
   * @return where they end; the front itself when no other connection receives them
   */
  synchronized long awaitFront() throws InterruptedException {
    frontReceives = false;
    long arrived = here.count();
    long since = System.nanoTime();
    while (true) {
      long end = here.endAt(front);
      if (end > front || front == size) {
        return end;
      }
      if (takenFrom(front) > front) {
        frontReceives = true;
        return front;
      }
      if (here.count() != arrived) {
        arrived = here.count();
        since = System.nanoTime();
      }
      long left = SILENCE.toNanos() - (System.nanoTime() - since);
      if (left > 0) {
        wait(1 + left / 1_000_000);
      } else {
        claims.at(front).ifPresent(Claim::cut);
        // What it is writing now is still its own.
        since = System.nanoTime();
      }
    }
  }

  /** The first position at or after this one which is here or is being received. */
  private long takenFrom(long position) {
    if (here.endAt(position) > position || claims.at(position).isPresent()) {
      return position;
    }
    return Math.min(size, Math.min(here.nextAt(position), claims.nextAfter(position)));
  }

  // The pieces.

  /**
   * A reader waits for bytes.
   *
   * @param position the first one
   * @param end after the last one that it will read
   * @return whether a connection should receive them: they are far from the front and from what is
   *     being received
   */
  synchronized boolean wish(long position, long end) {
    if (position < front + NEAR || position >= size || isSoonHere(position)) {
      return false;
    }
    // If there are too many, the reader waits for the front.
    wishes.add(new Wishes.Wish(position, Math.min(size, end)));
    return true;
  }

  private boolean isSoonHere(long position) {
    return here.endAt(position) > position
        || claims.at(position).filter(claim -> position - claim.position() < NEAR).isPresent();
  }

  /** How many pieces readers wait for that no connection receives. */
  synchronized int wished() {
    forgetGranted();
    return wishes.count();
  }

  private void forgetGranted() {
    wishes.removeIf(position -> position < front + NEAR || isSoonHere(position));
  }

  /**
   * Claims a piece that a reader waits for.
   *
   * @param piece how many bytes, unless the reader wants fewer
   */
  synchronized Optional<Claim> claimWished(long piece) {
    forgetGranted();
    return wishes.take().flatMap(wish -> claim(wish, piece));
  }

  private Optional<Claim> claim(Wishes.Wish wish, long piece) {
    long start = wish.position();
    // One that comes here much later does not come here any more.
    claims.at(start).ifPresent(claim -> claim.cutAt(start));
    long wanted = Math.max(SMALLEST, wish.end() - start);
    long end = start + Math.min(wanted, wish.end() == size ? piece : 4 * piece);
    return claim(start, Math.min(end, takenFrom(start)), true);
  }

  /**
   * Claims the gap nearest to the front.
   *
   * @param reserve how many bytes to leave to the front if it is receiving
   * @param piece how many bytes to claim at most
   * @param window how far ahead of the front the piece may begin
   */
  synchronized Optional<Claim> claimNext(long reserve, long piece, long window) {
    long start = front + (frontReceives ? reserve : 0);
    while (start < size && takenFrom(start) == start) {
      start = endOfTaken(start);
    }
    if (start >= size || start > front + window) {
      return Optional.empty();
    }
    long gap = takenFrom(start) - start;
    // Two halves rather than a whole and a rest that is not worth a request.
    long length = gap <= piece ? gap : gap < 2 * piece ? gap / 2 / ALIGNED * ALIGNED : piece;
    return claim(start, start + length, false);
  }

  /** Claims the first bytes between two positions that are neither here nor being received. */
  synchronized Optional<Claim> claimMissing(long from, long to) {
    long start = from;
    while (start < to && takenFrom(start) == start) {
      start = endOfTaken(start);
    }
    return start < to ? claim(start, Math.min(to, takenFrom(start)), true) : Optional.empty();
  }

  /** Claims the last bytes that are missing, so that the front is not stopped for a long time. */
  synchronized Optional<Claim> claimLast(long piece) {
    long end = size;
    for (long taken = startOfTaken(end); taken < end; taken = startOfTaken(end)) {
      end = taken;
    }
    long start = end - piece;
    return start > front + piece && takenFrom(start) == end
        ? claim(start, end, false)
        : Optional.empty();
  }

  private long startOfTaken(long end) {
    return claims.before(end).map(Claim::start).orElseGet(() -> here.startBefore(end));
  }

  private long endOfTaken(long position) {
    return Math.max(here.endAt(position), claims.at(position).map(Claim::end).orElse(position));
  }

  private Optional<Claim> claim(long start, long end, boolean wanted) {
    if (end <= start) {
      return Optional.empty();
    }
    Claim claim = new Claim(start, end, wanted);
    claims.add(claim);
    return Optional.of(claim);
  }

  /**
   * Cuts the claim that is farthest ahead of what readers wait for, so that its receiver is free.
   */
  synchronized void cutFarthest() {
    claims.cutFarthest();
    notifyAll();
  }

  /** Cuts a claim: its receiver is needed elsewhere. */
  synchronized void cut(Claim claim) {
    claim.cut();
    notifyAll();
  }

  /**
   * How many bytes the receiver of a claim may take and write; 0 when it has to stop. No other one
   * receives them until they are {@link #received}, or the claim is released.
   */
  synchronized int admit(Claim claim, int count) {
    return claim.admit(count);
  }

  /**
   * The receiver has written bytes that it was admitted.
   *
   * @return the position of the first one
   */
  synchronized long received(Claim claim, int count) {
    long from = claim.position();
    here.add(from, from + count);
    claim.received(count);
    notifyAll();
    return from;
  }

  /** How many bytes of the claim are missing. */
  synchronized long left(Claim claim) {
    return claim.left();
  }

  /** Where the next byte of the claim belongs. */
  synchronized long position(Claim claim) {
    return claim.position();
  }

  /** Whether all of the claim is here. */
  synchronized boolean isDone(Claim claim) {
    return claim.left() == 0;
  }

  /** The receiver has ended. What it has not brought is free again. */
  synchronized void release(Claim claim) {
    claims.remove(claim);
    notifyAll();
  }

  /** Forgets what readers wait for. */
  synchronized void forgetWishes() {
    wishes.clear();
  }
}
