package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.CacheStatus.Trait;
import dev.cistern.proxy.event.Forward;
import dev.cistern.proxy.internal.concurrent.Flight.Role;
import dev.cistern.proxy.internal.concurrent.Interest;
import dev.cistern.proxy.internal.concurrent.TransferThreads;
import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import dev.cistern.proxy.internal.store.Room;
import dev.cistern.proxy.policy.RetryPolicy;
import dev.cistern.proxy.report.TransferState;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One transfer of one blob from the upstream into a spool file, hashed as it is written.
 *
 * <p>{@link #run} does the transfer on the thread that calls it. Readers join with {@link #follow}
 * at any time, and read the same file from its first byte. They get the end of the blob only after
 * the whole is verified, see {@link WithheldEnd}.
 *
 * <p>When the disk fails, the cache passes the blob through: readers keep the bytes that are in the
 * file, and each gets the rest from the upstream through its own {@link RelayedBlob}.
 */
final class BlobFetch {

  private static final Logger log = LoggerFactory.getLogger(BlobFetch.class);

  /** How a reader that joins gets the bytes. */
  private enum Answer {
    FOLLOW,
    RELAY,
    LOOK_IN_STORAGE
  }

  private final Digest digest;
  private final BlobSource source;
  private final SpoolDirectory spools;
  private final Room room;
  private final TransferThreads threads;
  private final RetryPolicy retries;
  private final long largest;
  private final Interest interest;
  private final Offers offers;
  private final Growing.Fetched fetched;

  // Written only by the thread that transfers.
  private volatile CompletableFuture<Answer> answer = new CompletableFuture<>();
  private volatile @Nullable SpoolFile spool;
  private volatile @Nullable Growing growing;
  private volatile @Nullable Transfer transfer;
  private volatile boolean cancelled;
  private volatile boolean resumed;

  /** Whether a client has asked for it. Who asks ahead is none. */
  private final AtomicBoolean asked = new AtomicBoolean();

  /**
   * A transfer that does not run before {@link #run}.
   *
   * @param room the room for the spool file; closed with this
   * @param largest the largest size of a blob in bytes
   * @param interest the readers, and those who wait to be; one of them starts it
   */
  BlobFetch(
      Digest digest,
      BlobSource source,
      SpoolDirectory spools,
      Room room,
      TransferThreads threads,
      RetryPolicy retries,
      long largest,
      Interest interest,
      ConnectionEvents events) {
    this.digest = digest;
    this.source = source;
    this.spools = spools;
    this.room = room;
    this.threads = threads;
    this.retries = retries;
    this.largest = largest;
    this.interest = interest;
    offers = new Offers(digest, source.name());
    fetched = new Growing.Fetched(source, room, threads, offers, interest, events);
  }

  Digest digest() {
    return digest;
  }

  /** Who reads it, or waits to. */
  Interest interest() {
    return interest;
  }

  /** The room that the spool file takes; closed with this. */
  Room room() {
    return room;
  }

  /** The size that the upstream announced last, or the real one once the blob is verified. */
  OptionalLong size() {
    return offers.current().size();
  }

  /** How many bytes of the blob are in the file. */
  long received() {
    Growing file = growing;
    return file == null ? 0 : file.received();
  }

  /**
   * A reader waits for bytes that may be far from those that are being received.
   *
   * @param position the first one
   * @param end after the last one that it will read
   */
  void wish(long position, long end) {
    Growing file = growing;
    if (file != null) {
      file.wish(position, end);
    }
  }

  /** How far this is. */
  TransferState.Phase phase() {
    if (offers.current().progress().isComplete()) {
      return TransferState.Phase.STORING;
    }
    return spool == null ? TransferState.Phase.WAITING : TransferState.Phase.RECEIVING;
  }

  /** Whether a manifest declares this size. */
  boolean isDeclared(long size) {
    return source.isDeclared(size);
  }

  /** Whether the blob is to be stored. */
  boolean isWorthKeeping() {
    return source.isWorthKeeping();
  }

  /** The size in bytes once all bytes are verified; empty before. */
  OptionalLong verifiedSize() {
    FetchProgress progress = offers.current().progress();
    return progress.isComplete() ? OptionalLong.of(progress.visible()) : OptionalLong.empty();
  }

  /**
   * Joins the transfer.
   *
   * @param role whether this reader started it
   * @param requester the reader, who has joined the interest
   * @return completes when the answer can begin: the upstream has begun to send and the size is
   *     known, or all bytes have been received. Fails with the {@link RegistryException} that ended
   *     the transfer before that. Empty when the transfer is over and its file is gone: look in
   *     storage.
   */
  CompletionStage<Optional<BlobContent>> follow(Role role, Requester requester) {
    long start = System.nanoTime();
    // What was fetched ahead is fetched for the first client that asks for it.
    boolean isFirst = !requester.asksAhead() && asked.compareAndSet(false, true);
    Role counted = isFirst ? Role.LEADER : role;
    return answer.thenCompose(
        how ->
            switch (how) {
              case FOLLOW ->
                  CompletableFuture.completedStage(
                      newFollower(counted, requester, Duration.ofNanos(System.nanoTime() - start)));
              case RELAY -> relayFrom(0, requester).opened().thenApply(Optional::of);
              case LOOK_IN_STORAGE -> CompletableFuture.completedStage(Optional.empty());
            });
  }

  private Optional<BlobContent> newFollower(Role role, Requester requester, Duration waited) {
    SpoolFile file = spool;
    return file != null && file.retain()
        ? Optional.of(
            new FollowedBlob(this, requester, offers.current(), file, status(role, waited)))
        : Optional.empty();
  }

  private CacheStatus status(Role role, Duration waited) {
    if (source.isCached() || (role == Role.FOLLOWER && offers.current().progress().isComplete())) {
      // It comes from a shared store, or is being published: the upstream sends nothing.
      return CacheStatus.Hit.BY_DIGEST;
    }
    EnumSet<Trait> traits = EnumSet.noneOf(Trait.class);
    if (source.isWorthKeeping()) {
      traits.add(Trait.STORED);
    }
    if (role == Role.FOLLOWER) {
      traits.add(Trait.COLLAPSED);
    }
    if (resumed) {
      traits.add(Trait.PARTIAL);
    }
    return new CacheStatus.Miss(Forward.ok(source.name(), waited), traits);
  }

  /** Transfers the bytes from {@code position} on for one reader, after the spool file failed. */
  RelayedBlob relayFrom(long position, Requester requester) {
    // The digest can be verified only over all bytes, so hashing goes on from where it was.
    Growing file = growing;
    BlobHash before = file == null ? BlobHash.of(digest.algorithm()) : file.hash().fork();
    long from = Math.min(position, before.length());
    Executor forRequester =
        transfer ->
            threads.transfers().executor().execute(() -> UpstreamWork.with(requester, transfer));
    return RelayedBlob.start(digest, source, before, from, forRequester, retries, largest);
  }

  /**
   * Transfers and verifies the blob; returns when its readers can have all of it.
   *
   * <p>After wrong bytes, the blob is fetched once more at once. This helps when the wrong bytes
   * were in the withheld end, or before a reader joined. A reader that already has wrong bytes
   * fails.
   *
   * @return the verified file, ready to be published
   * @throws RegistryException when the upstream failed; call {@link #fail} to inform the readers
   * @throws SpoolException when the disk failed; call {@link #relayReaders} to inform the readers
   */
  SpoolFile run() throws RegistryException, SpoolException {
    try {
      SpoolFile file = spools.open(digest);
      spool = file;
      Growing first = grow(file);
      resumed = first.received() > 0;
      boolean complete = first.kept().filter(KeptPieces::isComplete).isPresent();
      long size;
      try {
        size = transfer(first);
      } catch (WrongBytesException e) {
        if (complete) {
          // Perhaps no client wants the whole: all its parts were in the file already.
          throw e;
        }
        log.warn("{}; fetching the blob once more", e.getMessage());
        if (first.kept().isPresent()) {
          first.kept().get().replaced();
          file.record().replace(KeptPieces.none(first.kept().get().size()));
        }
        offers.startOver();
        if (answer.isDone()) {
          // Who joins from now on waits for the size that is announced next.
          answer = new CompletableFuture<>();
        }
        BlobHash none = BlobHash.of(digest.algorithm());
        size = transfer(Growing.anew(fetched, file, none, this::begun));
      }
      // An earlier, wrong answer may have been longer.
      file.cutAt(size);
      offers.requireSize(size);
      offers.current().complete(size);
      answer.complete(Answer.FOLLOW);
      return file;
    } catch (IOException e) {
      throw e instanceof SpoolException known ? known : new SpoolException(e);
    }
  }

  /** Goes on with what an earlier transfer, or clients of parts, have left in the file. */
  private Growing grow(SpoolFile file) throws IOException {
    if (file.pieces().isPresent()) {
      BlobHash none = BlobHash.of(digest.algorithm());
      return Growing.around(fetched, file, file.pieces().get(), none, this::begun);
    }
    room.reserve(file.channel().size());
    // They are verified with the whole blob, at the end.
    BlobHash known = BlobHash.of(digest.algorithm(), file);
    room.written(known.length());
    return Growing.from(fetched, file, known, this::begun);
  }

  private void begun() {
    answer.complete(Answer.FOLLOW);
  }

  /**
   * @return the size of the blob
   */
  private long transfer(Growing file) throws RegistryException, IOException {
    growing = file;
    BlobHash hash = file.hash();
    Transfer next;
    try {
      // Whose turn it may not be, if there are pieces.
      next = new Transfer(digest, source, file.awaitTurn(hash.length()), retries, largest);
      file.kept().ifPresent(pieces -> next.expectSize(pieces.size()));
      transfer = next;
      if (cancelled) {
        next.cancel();
      }
      if (file.kept().filter(KeptPieces::isComplete).isEmpty()) {
        next.run(file);
      }
    } finally {
      file.endOthers();
    }
    offers.requireAtLeastGiven(hash.length());
    hash.verify(digest, next.size(), source.name());
    return hash.length();
  }

  /**
   * Fails all readers, and those that join later.
   *
   * @param left takes this from the list of fetches; runs after a useful file is kept, so that the
   *     next fetch goes on with it, and before a useless one is deleted
   */
  void fail(RegistryException cause, Runnable left) {
    boolean kept = false;
    try {
      room.close();
      kept = keepFile(cause);
    } finally {
      left.run();
      if (!kept) {
        deleteFile();
      }
      offers.current().fail(new IOException(cause.getMessage(), cause));
      answer.completeExceptionally(cause);
      close();
    }
  }

  private boolean keepFile(RegistryException cause) {
    Growing grown = growing;
    Transfer last = transfer;
    if (grown == null || !grown.leavesFor(last == null || last.isResumable(), cause)) {
      return false;
    }
    grown.keepIn(spools);
    return true;
  }

  /** Makes readers transfer the bytes that are not in the file themselves. */
  void relayReaders(SpoolException cause) {
    answer.complete(Answer.RELAY);
    offers.current().failAfterVisible(cause);
    deleteFile();
    close();
  }

  /** Makes readers open the blob in storage: another transfer published it in the meantime. */
  void redirectToStorage() {
    answer.complete(Answer.LOOK_IN_STORAGE);
  }

  private void deleteFile() {
    SpoolFile file = spool;
    if (file != null) {
      file.delete();
    }
  }

  /** Makes the transfer fail if it is in progress. */
  void cancel() {
    cancelled = true;
    Transfer running = transfer;
    if (running != null) {
      running.cancel();
    }
    Growing file = growing;
    if (file != null) {
      file.endOthers();
    }
  }

  /** Releases the file. Readers that follow keep it open; new ones look in storage. */
  void close() {
    room.close();
    SpoolFile file = spool;
    if (file != null) {
      file.release();
    }
  }
}
