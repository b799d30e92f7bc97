package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.CacheStatus.Trait;
import dev.cistern.proxy.event.Forward;
import dev.cistern.proxy.event.TransferState;
import dev.cistern.proxy.internal.concurrent.Flight.Role;
import dev.cistern.proxy.internal.concurrent.Interest;
import dev.cistern.proxy.internal.concurrent.TransferThreads;
import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import dev.cistern.proxy.internal.store.Room;
import dev.cistern.proxy.policy.RetryPolicy;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
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

  private static final int BUFFER = 64 * 1024;

  /** How much to fetch of a blob of unknown size after its last reader has left. */
  static final int UNFOLLOWED = 16 << 20;

  /** So much must be missing for more than one connection. */
  private static final long LARGE = 4 << 20;

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

  // Written only by the thread that transfers.
  private volatile CompletableFuture<Answer> answer = new CompletableFuture<>();
  private volatile BlobHash hash;
  private volatile @Nullable SpoolFile spool;
  private volatile @Nullable Transfer transfer;
  private volatile @Nullable MoreConnections more;
  private volatile boolean cancelled;
  private volatile boolean resumed;
  private volatile boolean overAgain;
  private volatile long received;

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
      Interest interest) {
    this.digest = digest;
    this.source = source;
    this.spools = spools;
    this.room = room;
    this.threads = threads;
    this.retries = retries;
    this.largest = largest;
    this.interest = interest;
    offers = new Offers(digest, source.name());
    hash = BlobHash.of(digest.algorithm());
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
    MoreConnections others = more;
    return others == null ? received : Math.max(received, others.received());
  }

  /**
   * A reader waits for bytes that may be far from those that are being received.
   *
   * @param position the first one
   * @param end after the last one that it will read
   */
  void wish(long position, long end) {
    MoreConnections others = more;
    if (others != null) {
      others.wish(position, end);
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
    return answer.thenCompose(
        how ->
            switch (how) {
              case FOLLOW ->
                  CompletableFuture.completedStage(
                      newFollower(role, requester, Duration.ofNanos(System.nanoTime() - start)));
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
    BlobHash before = hash.fork();
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
      room.reserve(file.channel().size());
      rehash(file);
      room.written(hash.length());
      try {
        transfer(file);
      } catch (WrongBytesException e) {
        log.warn("{}; fetching the blob once more", e.getMessage());
        hash = BlobHash.of(digest.algorithm());
        more = null;
        overAgain = true;
        offers.startOver();
        if (answer.isDone()) {
          // Who joins from now on waits for the size that is announced next.
          answer = new CompletableFuture<>();
        }
        transfer(file);
      }
      // An earlier, wrong answer may have been longer.
      file.cutAt(hash.length());
      offers.requireSize(hash.length());
      offers.current().complete(hash.length());
      answer.complete(Answer.FOLLOW);
      return file;
    } catch (IOException e) {
      throw e instanceof SpoolException known ? known : new SpoolException(e);
    }
  }

  /** Hashes the bytes of an earlier transfer. They are verified with the whole blob, at the end. */
  private void rehash(SpoolFile file) throws IOException {
    BlobHash known = BlobHash.of(digest.algorithm());
    byte[] buffer = new byte[BUFFER];
    for (int n = file.read(buffer, BUFFER, 0);
        n > 0;
        n = file.read(buffer, BUFFER, known.length())) {
      known.update(buffer, 0, n, known.length());
    }
    hash = known;
    resumed = known.length() > 0;
  }

  private void transfer(SpoolFile file) throws RegistryException, IOException {
    Transfer next = new Transfer(digest, source, hash.length(), retries, largest);
    transfer = next;
    if (cancelled) {
      next.cancel();
    }
    try {
      next.run(new Growing(file));
    } finally {
      endOthers();
    }
    offers.requireAtLeastGiven(hash.length());
    hash.verify(digest, next.size(), source.name());
  }

  private void endOthers() {
    MoreConnections others = more;
    if (others != null) {
      others.close();
    }
  }

  /** Writes the bytes received to the file, then makes them visible to readers. */
  private final class Growing implements Transfer.Sink {

    private final SpoolFile file;
    private long followedTo;

    Growing(SpoolFile file) {
      this.file = file;
      followedTo = hash.length();
    }

    @Override
    public void begin(OptionalLong announced, UpstreamBlob opened) throws IOException {
      if (announced.isPresent()) {
        room.reserve(announced.getAsLong());
        offers.requireSize(announced.getAsLong());
      }
      advance();
      if (announced.isPresent() && more == null && !overAgain) {
        more = others(announced.getAsLong(), opened);
      }
      if (announced.isPresent() && !WithheldEnd.isWhole(announced.getAsLong())) {
        answer.complete(Answer.FOLLOW);
      }
    }

    @Override
    public void append(byte[] bytes, int offset, int count) throws IOException, RegistryException {
      long position = hash.length();
      endUnlessFollowed(position);
      int given =
          (int) Math.min(count, Math.max(0, offers.current().progress().visible() - position));
      if (given > 0) {
        given = countSame(bytes, offset, given, position);
      }
      room.growTo(position + count);
      file.write(bytes, offset + given, count - given, position + given);
      room.written(position + count);
      hash.update(bytes, offset, count, position);
      MoreConnections others = more;
      if (others != null) {
        others.frontReceived(count);
      }
      advance();
    }

    private @Nullable MoreConnections others(long size, UpstreamBlob opened) {
      Optional<BlobSource.Parts> parts = source.parts();
      return threads.parallel().most() > 1
              && opened.takesParts()
              && parts.isPresent()
              && size - hash.length() >= LARGE
          ? new MoreConnections(
              new MoreConnections.Blob(digest, source.name(), size, opened.etag()),
              parts.get(),
              file,
              hash.length(),
              offers,
              threads.transfers(),
              threads.parallel(),
              interest)
          : null;
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
     * A fetch goes on when its readers have left, so that the next client gets the blob. But one of
     * unknown size may have no end.
     */
    private void endUnlessFollowed(long position) throws RegistryException {
      if (offers.current().announced().isPresent() || interest.isWanted()) {
        followedTo = position;
      } else if (position - followedTo > UNFOLLOWED && !interest.begin()) {
        throw new RegistryException(
            ErrorCode.UNAVAILABLE,
            "Blob %s of unknown size is not fetched to its end: no client reads it"
                .formatted(digest));
      }
    }

    private void advance() {
      received = hash.length();
      MoreConnections others = more;
      if (others != null) {
        room.written(others.received());
      }
      offers.current().received(0, hash.length());
    }

    /** How many of these bytes are in the file already: all of them, or none. */
    private int countSame(byte[] bytes, int offset, int count, long position) throws IOException {
      byte[] before = new byte[count];
      int read = file.read(before, count, position);
      if (Arrays.equals(before, 0, read, bytes, offset, offset + count)) {
        return count;
      }
      offers.bytesDiffer();
      return 0;
    }
  }

  /** Fails all readers, and those that join later. */
  void fail(RegistryException cause) {
    // Before the readers, because a client may retry as soon as it knows.
    leaveFile(cause);
    offers.current().fail(new IOException(cause.getMessage(), cause));
    answer.completeExceptionally(cause);
  }

  private void leaveFile(RegistryException cause) {
    SpoolFile file = spool;
    if (file != null && isWorthKeeping(cause) && isCutToFront(file)) {
      close();
      spools.keepUnfinished(digest, file.path());
    } else {
      discard();
    }
  }

  /** What is beyond may have gaps, or be of an earlier, wrong answer. */
  private boolean isCutToFront(SpoolFile file) {
    try {
      file.cutAt(hash.length());
      return true;
    } catch (IOException e) {
      log.debug("Spool file {} is not kept: {}", file.path(), e.toString());
      return false;
    }
  }

  /**
   * Whether the bytes received may be the beginning of the blob, and a transfer can go on there.
   */
  private boolean isWorthKeeping(RegistryException cause) {
    Transfer last = transfer;
    return !(cause instanceof WrongBytesException)
        && !(cause instanceof TooLargeException)
        && hash.length() > WithheldEnd.BYTES
        && (last == null || last.isResumable());
  }

  /** Makes readers transfer the bytes that are not in the file themselves. */
  void relayReaders(SpoolException cause) {
    answer.complete(Answer.RELAY);
    offers.current().failAfterVisible(cause);
    discard();
  }

  /** Makes readers open the blob in storage: another transfer published it in the meantime. */
  void redirectToStorage() {
    answer.complete(Answer.LOOK_IN_STORAGE);
  }

  private void discard() {
    SpoolFile file = spool;
    if (file != null) {
      file.delete();
    }
    close();
  }

  /** Makes the transfer fail if it is in progress. */
  void cancel() {
    cancelled = true;
    Transfer running = transfer;
    if (running != null) {
      running.cancel();
    }
    endOthers();
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
