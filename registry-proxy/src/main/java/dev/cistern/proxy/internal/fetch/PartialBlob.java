package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.internal.store.Room;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * A blob of which only those bytes are fetched that clients ask for: who reads those that are in
 * its {@link PartialFile}, and who receives others.
 *
 * <p>It is live until all of these have left. Then its file is kept for a while, with what is known
 * of it. When the whole blob is wanted, the fetch of the whole gets the file, and the readers
 * follow that fetch. When the file or the bytes turn out to be of no use, it is abandoned, and the
 * readers follow a fetch of the whole as well. Thread-safe.
 */
final class PartialBlob {

  private enum State {
    LIVE,
    HANDED_OVER,
    ABANDONED,
    /** All have left, and its file is being kept. */
    ENDING,
    ENDED
  }

  /** How it has ended, for the file. */
  enum End {
    /** It has not: there are readers or receivers. */
    NONE,
    /** Its pieces may be used again, and were kept. */
    KEPT,
    /** A fetch of the whole has the file. */
    LEAVE,
    /** The file is of no use. */
    DELETE
  }

  private final Digest digest;
  private final PartialFile file;
  private final KeptPieces kept;
  private final FetchProgress progress;

  // Changed under the lock of this.
  private final Set<RepositoryName> starting = ConcurrentHashMap.newKeySet();

  // Guarded by this.
  private final Set<PartReader> readers = new HashSet<>();
  private final JoinedFetches fetches = new JoinedFetches();
  private State state = State.LIVE;
  private boolean completing;

  /**
   * Owns a reference to the file, and the room.
   *
   * @param kept what the file has
   */
  PartialBlob(Digest digest, SpoolFile file, KeptPieces kept, Room room) {
    this.digest = digest;
    this.file = new PartialFile(file, kept, room);
    this.kept = kept;
    progress = this.file.progress();
  }

  Digest digest() {
    return digest;
  }

  SpoolFile file() {
    return file.file();
  }

  KeptPieces kept() {
    return kept;
  }

  /** Which bytes readers may have. */
  FetchProgress progress() {
    return progress;
  }

  // Who may read.

  /** Whether a repository has shown that it has the blob, or is about to while no other one has. */
  boolean isReadable(RepositoryName repository) {
    return kept.repositories().contains(repository)
        || (kept.repositories().isEmpty() && starting.contains(repository));
  }

  /** The repository begins to fetch pieces. Only for the first one. */
  synchronized void startedBy(RepositoryName repository) {
    starting.add(repository);
  }

  /**
   * The upstream has sent bytes to this repository, which are not visible yet. They are not for the
   * readers of another one that has begun and got none so far.
   */
  void confirmed(RepositoryName repository) {
    synchronized (this) {
      kept.repositories().add(repository);
      starting.removeAll(kept.repositories());
      if (starting.isEmpty()) {
        return;
      }
      // Under the lock, before any thread that receives for the repository makes bytes visible.
      readers.stream()
          .filter(reader -> starting.contains(reader.repository()))
          .forEach(PartReader::refuse);
      starting.clear();
    }
    progress.wakeAll();
  }

  // Readers.

  /**
   * Adds a reader.
   *
   * @return false when it is not live, or not readable for the repository
   */
  synchronized boolean join(PartReader reader) {
    return state == State.LIVE && isReadable(reader.repository()) && readers.add(reader);
  }

  /** Whether no pieces are received for readers any more: they have to follow the whole. */
  synchronized boolean isOver() {
    return state != State.LIVE;
  }

  /** Whether all have left, so that its file is kept or deleted. Waits until that is done. */
  synchronized boolean hasEnded() {
    awaitEnd();
    return state == State.ENDED;
  }

  private void awaitEnd() {
    boolean interrupted = false;
    while (state == State.ENDING) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * A reader waits for bytes at a position, for which it has registered.
   *
   * @param fetch receives them, unless another fetch does already
   * @return what is to be started; empty when they are being received, when the reader has left or
   *     failed, or when this is over
   */
  Optional<PieceFetch> want(PartReader reader, PieceFetch fetch) {
    Optional<PieceFetch> other;
    synchronized (this) {
      if (state != State.LIVE) {
        return Optional.empty();
      }
      other = fetches.covering(fetch.from());
      if (other.isPresent() && fetches.hasJoined(other.get(), reader)) {
        return Optional.empty();
      }
    }
    // Outside the lock: the queue may reject the work of others.
    if (other.isPresent() && other.get().join(reader)) {
      if (!isJoined(other.get(), reader)) {
        other.get().leave(reader);
      }
      return Optional.empty();
    }
    synchronized (this) {
      if (!readers.contains(reader) || reader.hasFailed()) {
        return Optional.empty();
      }
      fetches.add(fetch, reader);
    }
    return Optional.of(fetch);
  }

  /** False when one of them has left meanwhile. If it is the fetch, the reader was woken. */
  private synchronized boolean isJoined(PieceFetch fetch, PartReader reader) {
    return readers.contains(reader) && fetches.join(fetch, reader);
  }

  /** A reader has what it wants, or does not want it any more. */
  void leave(PartReader reader) {
    List<PieceFetch> left;
    synchronized (this) {
      readers.remove(reader);
      left = fetches.leave(reader);
    }
    left.forEach(fetch -> fetch.leave(reader));
  }

  // Those who receive.

  /**
   * Claims the next bytes for a receiver, and makes room for them.
   *
   * @throws IOException when there is no room
   */
  Optional<Claim> claim(long from, long to) throws IOException {
    return isOver() ? Optional.empty() : file.claim(from, to);
  }

  /**
   * Writes received bytes, and makes them visible.
   *
   * @return false when nothing is to be written any more
   */
  boolean write(Claim piece, byte[] bytes, int count) throws IOException {
    return file.write(piece, bytes, count);
  }

  /** A fetch has ended. Readers that still wait look for another one. */
  void ended(PieceFetch fetch) {
    synchronized (this) {
      fetches.remove(fetch);
    }
    progress.wakeAll();
  }

  /**
   * Bytes cannot be received for a repository. Its readers who wait for them fail, and all of them
   * if it has never got any and no other fetch is to get it some. Those of other repositories look
   * for another fetch. When this is over, none fails: they follow the fetch of the whole, of which
   * this says nothing.
   */
  void fail(PieceFetch fetch, RegistryException cause) {
    synchronized (this) {
      Set<PartReader> waiting = fetches.remove(fetch);
      RepositoryName repository = fetch.repository();
      boolean never = !fetches.areFor(repository) && starting.remove(repository);
      failReaders(fetch, reader -> never || waiting.contains(reader), cause);
    }
    progress.wakeAll();
  }

  /**
   * A fetch is not begun, which says nothing about the upstream. Only its readers fail: one that
   * has just come gets a fetch of its own.
   */
  void drop(PieceFetch fetch, RegistryException cause) {
    synchronized (this) {
      failReaders(fetch, fetches.remove(fetch)::contains, cause);
    }
    progress.wakeAll();
  }

  /** Under the lock, or a reader that is woken by another fetch would start one more. */
  private void failReaders(
      PieceFetch fetch, Predicate<PartReader> concerned, RegistryException cause) {
    if (state == State.LIVE) {
      readers.stream()
          .filter(reader -> reader.repository().equals(fetch.repository()))
          .filter(concerned)
          .forEach(reader -> reader.fail(cause));
    }
  }

  /** Whether a client waits for these bytes whose answer has begun, and would be cut. */
  synchronized boolean isAnswering(PieceFetch fetch) {
    return fetches.joinedBy(fetch).stream().anyMatch(PartReader::isAnswering);
  }

  /** Whether all bytes have just come. True once. */
  synchronized boolean completes() {
    boolean now = state == State.LIVE && !completing && kept.isComplete();
    completing |= now;
    return now;
  }

  // The end.

  /**
   * Gives the file to a fetch of the whole, which releases it. Empty when this is over, and its
   * file is kept or deleted, for which it waits.
   */
  Optional<SpoolFile> handOver() {
    synchronized (this) {
      awaitEnd();
      if (state != State.LIVE || !file.file().retain()) {
        return Optional.empty();
      }
      state = State.HANDED_OVER;
    }
    file.releaseRoom();
    progress.wakeAll();
    return Optional.of(file.file());
  }

  /** The bytes are of no use: no longer those of the blob, or the disk has failed. */
  boolean abandon() {
    synchronized (this) {
      if (state != State.LIVE) {
        return false;
      }
      state = State.ABANDONED;
    }
    progress.wakeAll();
    return true;
  }

  /**
   * Ends this if there are no readers and no receivers.
   *
   * @param keep closes this and keeps the file if its pieces may be used again, which may take
   *     long. A fetch of the whole waits for it, because it looks for a kept file then.
   */
  End end(Runnable keep) {
    State before;
    synchronized (this) {
      if (!readers.isEmpty() || !fetches.isEmpty() || state == State.ENDING) {
        return End.NONE;
      }
      before = state;
      state = before == State.LIVE ? State.ENDING : State.ENDED;
    }
    return switch (before) {
      case LIVE -> {
        try {
          keep.run();
        } finally {
          ended();
        }
        yield End.KEPT;
      }
      case HANDED_OVER -> End.LEAVE;
      case ABANDONED -> End.DELETE;
      case ENDING, ENDED -> End.NONE;
    };
  }

  private synchronized void ended() {
    state = State.ENDED;
    notifyAll();
  }

  /** Releases the room and the file. */
  void close() {
    file.releaseRoom();
    file.file().release();
  }
}
