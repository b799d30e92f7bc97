package dev.cistern.proxy.internal.fetch;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

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
  private static final Duration SILENCE = Duration.ofSeconds(5);

  private static final int MOST_WISHES = 256;
  private static final long ALIGNED = 64 << 10;

  /** A piece that one receiver has to bring. Its state is guarded by the plan. */
  static final class Claim {

    private final long start;
    private final long asked;
    private final boolean wanted;
    private long position;
    private long end;

    /** Before this position, the receiver may be writing. No other may receive it. */
    private long admitted;

    private Claim(long start, long end, boolean wanted) {
      this.start = start;
      this.asked = end;
      this.wanted = wanted;
      position = start;
      admitted = start;
      this.end = end;
    }

    private void cutAt(long limit) {
      end = Math.min(end, Math.max(admitted, limit));
    }

    /** The position of its first byte. */
    long start() {
      return start;
    }

    /** Whether a reader waits for it. */
    boolean isWanted() {
      return wanted;
    }

    /** The position after its last byte, as it was claimed. The claim may be cut since. */
    long asked() {
      return asked;
    }
  }

  /** A reader waits for bytes at this position. */
  private record Wish(long position, long end) {}

  private final long size;

  // Guarded by this.
  private final Runs here = new Runs();
  private final TreeMap<Long, Claim> claims = new TreeMap<>();
  private final Deque<Wish> wishes = new ArrayDeque<>();
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
    long missing = size - here.count();
    for (Claim claim : claims.values()) {
      missing -= claim.end - claim.position;
    }
    return missing;
  }

  /** Whether the thread of the front is receiving, and is not waiting for others. */
  synchronized boolean frontReceives() {
    return frontReceives;
  }

  /** How many pieces are being received. */
  synchronized int claimed() {
    return claims.size();
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
   * Waits until there are bytes at the front which others have received, or no receiver has them. A
   * receiver that brings nothing for too long does not have them any more.
   *
   * @return where they end; the front itself when no receiver has them
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
        cutAt(front);
        // What it is writing now is still its own.
        since = System.nanoTime();
      }
    }
  }

  private void cutAt(long position) {
    Map.Entry<Long, Claim> at = claims.floorEntry(position);
    if (at != null) {
      at.getValue().cutAt(at.getValue().position);
    }
  }

  /** The first position at or after this one which is here, or which is being received. */
  private long takenFrom(long position) {
    if (here.endAt(position) > position) {
      return position;
    }
    Map.Entry<Long, Claim> before = claims.floorEntry(position);
    if (before != null && before.getValue().end > position) {
      return position;
    }
    Long next = claims.higherKey(position);
    return Math.min(size, Math.min(here.nextAt(position), next == null ? size : next));
  }

  // The pieces.

  /**
   * A reader waits for bytes.
   *
   * @param position the first one
   * @param end after the last one that it will read
   * @return whether they should be received: they are far from the front and from what is being
   *     received
   */
  synchronized boolean wish(long position, long end) {
    if (position < front + NEAR || position >= size || isSoonHere(position)) {
      return false;
    }
    for (Wish wish : wishes) {
      if (position >= wish.position && position < wish.position + NEAR) {
        return true;
      }
    }
    if (wishes.size() < MOST_WISHES) {
      wishes.add(new Wish(position, Math.min(size, end)));
    }
    return true;
  }

  private boolean isSoonHere(long position) {
    if (here.endAt(position) > position) {
      return true;
    }
    Map.Entry<Long, Claim> before = claims.floorEntry(position);
    return before != null
        && before.getValue().end > position
        && position - before.getValue().position < NEAR;
  }

  /** Whether a reader waits for a piece that is not being received. */
  synchronized boolean isWished() {
    forgetGranted();
    return !wishes.isEmpty();
  }

  private void forgetGranted() {
    for (Iterator<Wish> each = wishes.iterator(); each.hasNext(); ) {
      long position = each.next().position;
      if (position < front + NEAR || isSoonHere(position)) {
        each.remove();
      }
    }
  }

  /**
   * Claims a piece that a reader waits for.
   *
   * @param piece how many bytes, unless the reader wants fewer
   */
  synchronized Optional<Claim> claimWished(long piece) {
    forgetGranted();
    Wish wish = wishes.poll();
    if (wish == null) {
      return Optional.empty();
    }
    Map.Entry<Long, Claim> before = claims.floorEntry(wish.position);
    if (before != null && before.getValue().end > wish.position) {
      // Its receiver comes here much later: not any more.
      before.getValue().cutAt(wish.position);
    }
    long wanted = Math.max(SMALLEST, wish.end - wish.position);
    long end = wish.position + Math.min(wanted, wish.end == size ? piece : 4 * piece);
    return claim(wish.position, Math.min(end, takenFrom(wish.position)), true);
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
    Map.Entry<Long, Claim> last = claims.lowerEntry(end);
    return last != null && last.getValue().end >= end ? last.getKey() : here.startBefore(end);
  }

  private long endOfTaken(long position) {
    long end = here.endAt(position);
    Map.Entry<Long, Claim> before = claims.floorEntry(position);
    return before == null ? end : Math.max(end, before.getValue().end);
  }

  private Optional<Claim> claim(long start, long end, boolean wanted) {
    if (end <= start) {
      return Optional.empty();
    }
    Claim claim = new Claim(start, end, wanted);
    claims.put(start, claim);
    return Optional.of(claim);
  }

  /**
   * Cuts the claim that is farthest ahead of what readers wait for, so that its receiver is free.
   */
  synchronized void cutFarthest() {
    for (Claim claim : claims.descendingMap().values()) {
      if (!claim.wanted) {
        claim.cutAt(claim.position);
        return;
      }
    }
  }

  /** Cuts a claim: its receiver is needed elsewhere. */
  synchronized void cut(Claim claim) {
    claim.cutAt(claim.position);
    notifyAll();
  }

  /**
   * How many bytes the receiver of a claim may take and write; 0 when it has to stop. No other
   * receives them until they are {@link #received}, or the claim is released.
   */
  synchronized int admit(Claim claim, int count) {
    int admitted = (int) Math.max(0, Math.min(count, claim.end - claim.position));
    claim.admitted = claim.position + admitted;
    return admitted;
  }

  /**
   * The receiver has written bytes that it was admitted.
   *
   * @return the position of the first one
   */
  synchronized long received(Claim claim, int count) {
    long from = claim.position;
    here.add(from, from + count);
    claim.position += count;
    notifyAll();
    return from;
  }

  /** How many bytes of the claim are missing. */
  synchronized long left(Claim claim) {
    return Math.max(0, claim.end - claim.position);
  }

  /** Where the next byte of the claim belongs. */
  synchronized long position(Claim claim) {
    return claim.position;
  }

  /** Whether all of the claim is here. */
  synchronized boolean isDone(Claim claim) {
    return claim.position >= claim.end;
  }

  /** The receiver has ended. What it has not brought is free again. */
  synchronized void release(Claim claim) {
    claims.remove(claim.start, claim);
    notifyAll();
  }

  /** Forgets what readers wait for. */
  synchronized void forgetWishes() {
    wishes.clear();
  }
}
