package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.ByteRange;
import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.CacheStatus.Trait;
import dev.cistern.proxy.event.Forward;
import dev.cistern.proxy.internal.concurrent.StageFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A reader of some ranges of a blob of which only what is asked for is fetched. Nothing else can be
 * read through it. The bytes are not verified.
 *
 * <p>When the blob is fetched as a whole after all, this follows that fetch.
 */
final class PartReader implements BlobContent {

  /**
   * How much of a long range to request at once: a client that asks for all bytes from a position
   * on, and leaves early, makes the cache fetch no more than this in vain.
   */
  private static final long STEP = 16 << 20;

  /** How many further ranges of the same request to fetch while the client waits for one. */
  private static final int RANGES_AHEAD = 3;

  /**
   * How many bytes between two ranges to fetch rather than to send a request for each range. The
   * client of Podman and CRI-O asks for a thousand ranges at once, which lie close together.
   */
  private static final long GAP = 64 << 10;

  /**
   * What is read.
   *
   * @param ranges nothing else
   */
  record Wanted(RepositoryName repository, WantedRanges ranges, Requester requester) {}

  /** Where missing bytes come from. */
  interface Fetching {

    /** The upstream's name. */
    String upstream();

    /** Makes a fetch that is not started yet. */
    PieceFetch fetch(PartialBlob partial, PartReader reader, long from, long to);

    /** Lets a fetch wait for its turn. */
    void start(PieceFetch fetch);

    /** The reader has left. */
    void left(PartialBlob partial);
  }

  private final PartialBlob partial;
  private final Wanted wanted;
  private final Fetching fetching;
  private final Supplier<CompletionStage<BlobContent>> whole;
  private final WantedRanges fetched;
  private final boolean allHere;
  private final boolean someHere;
  private final long start = System.nanoTime();
  private final CompletableFuture<BlobContent> opened = new CompletableFuture<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final AtomicBoolean followsWhole = new AtomicBoolean();

  // Whether the bytes that are available come from the whole. For the reading thread.
  private boolean fromRest;

  private volatile Duration waited = Duration.ZERO;
  private volatile boolean asked;
  private volatile boolean collapsed;
  private volatile boolean refused;
  private volatile @Nullable RegistryException failure;
  private volatile @Nullable BlobContent rest;

  /**
   * To be added to {@code partial} before it is used.
   *
   * @param whole opens the whole blob for the same client
   */
  PartReader(
      PartialBlob partial,
      Wanted wanted,
      Fetching fetching,
      Supplier<CompletionStage<BlobContent>> whole) {
    this.partial = partial;
    this.wanted = wanted;
    this.fetching = fetching;
    this.whole = whole;
    fetched = wanted.ranges.withoutGaps(GAP, STEP);
    allHere = wanted.ranges.areAllIn(partial.kept().pieces());
    someHere = wanted.ranges.areSomeIn(partial.kept().pieces());
  }

  RepositoryName repository() {
    return wanted.repository;
  }

  Requester requester() {
    return wanted.requester;
  }

  /** The bytes that this waits for cannot be received. To be woken afterwards. */
  void fail(RegistryException cause) {
    failure = cause;
  }

  boolean hasFailed() {
    return failure != null;
  }

  /**
   * The bytes that come are those of another repository. Its own upstream has sent none, so this
   * must not read them. To be woken afterwards.
   */
  void refuse() {
    refused = true;
    fail(
        new RegistryException(
            ErrorCode.UNAVAILABLE,
            "Blob %s is being fetched for another repository; try again".formatted(digest())));
  }

  /** Whether the caller should look again whether the repository has the blob. */
  boolean isRefused() {
    return refused;
  }

  /**
   * Completes with this when the first byte is here, or with the whole blob if that is to be
   * fetched; fails with what prevents both.
   */
  CompletionStage<BlobContent> opened() {
    open();
    return opened;
  }

  /** Whether its client has the begin of the answer, which a failure cuts. */
  boolean isAnswering() {
    return opened.isDone() && !opened.isCompletedExceptionally();
  }

  private void open() {
    long first = wanted.ranges.first();
    try {
      while (!opened.isDone() && available(first) == 0) {
        if (whenAvailable(first, this::open)) {
          return;
        }
      }
      waited = Duration.ofNanos(System.nanoTime() - start);
      opened.complete(this);
    } catch (IOException e) {
      close();
      opened.completeExceptionally(e.getCause() instanceof RegistryException cause ? cause : e);
    }
  }

  @Override
  public Digest digest() {
    return partial.digest();
  }

  @Override
  public CacheStatus status() {
    if (allHere) {
      return CacheStatus.Hit.BY_DIGEST;
    }
    EnumSet<Trait> traits = EnumSet.noneOf(Trait.class);
    if (collapsed) {
      traits.add(Trait.COLLAPSED);
    }
    if (someHere) {
      traits.add(Trait.PARTIAL);
    }
    return new CacheStatus.Miss(Forward.ok(fetching.upstream(), waited), traits);
  }

  @Override
  public OptionalLong size() {
    return OptionalLong.of(partial.kept().size());
  }

  @Override
  public long available(long position) throws IOException {
    long wantedHere = wanted.ranges.endAt(position) - position;
    if (wantedHere > 0 && partial.kept().areReplaced()) {
      throw new WrongBytesException(
              "Blob %s: upstream %s sent bytes with another digest"
                  .formatted(digest(), fetching.upstream()))
          .toIoException();
    }
    long here = refused ? 0 : partial.progress().available(position);
    BlobContent other = rest;
    fromRest = here == 0 && other != null;
    if (here == 0 && other != null) {
      here = other.available(position);
    }
    RegistryException cause = failure;
    if (here == 0 && wantedHere > 0 && cause != null) {
      throw new IOException(cause.getMessage(), cause);
    }
    return Math.min(wantedHere, here);
  }

  /**
   * As specified.
   *
   * @throws IllegalArgumentException for a byte that this reader did not ask for
   */
  @Override
  public boolean whenAvailable(long position, Runnable wake) {
    if (wanted.ranges.endAt(position) == position) {
      throw new IllegalArgumentException(
          "byte " + position + " of blob " + digest() + " is in none of the requested ranges");
    }
    BlobContent other = rest;
    if (other != null) {
      return other.whenAvailable(position, wake);
    }
    if (failure != null || !partial.progress().whenAvailable(position, wake)) {
      return false;
    }
    want(position, fetched.endAt(position));
    if (partial.isOver()) {
      followWhole();
    } else {
      wantAhead(position);
    }
    if (failure != null || rest != null) {
      // Since the look above: its wake-up may have come before this was registered.
      partial.progress().wakeAll();
    }
    return true;
  }

  private void want(long position, long end) {
    PieceFetch mine = fetching.fetch(partial, this, position, Math.min(end, position + STEP));
    Optional<PieceFetch> started = partial.want(this, mine);
    if (!asked) {
      asked = true;
      collapsed = started.isEmpty();
    }
    started.ifPresent(fetching::start);
  }

  /** The client reads the ranges one after the other, and would wait for each. */
  private void wantAhead(long position) {
    for (ByteRange missing :
        fetched.missingAfter(position, partial.kept().pieces(), RANGES_AHEAD)) {
      want(missing.first(), missing.last() + 1);
    }
  }

  private void followWhole() {
    if (!followsWhole.compareAndSet(false, true)) {
      return;
    }
    whole
        .get()
        .whenComplete(
            (content, thrown) -> {
              if (content == null) {
                failure = asRegistryException(StageFailure.cause(thrown));
              } else if (opened.complete(content)) {
                // The client has no answer yet, so the blob may have another size.
                close();
              } else if (content.size().equals(size())) {
                follow(content);
              } else {
                content.close();
                failure = otherSize(content.size());
              }
              partial.progress().wakeAll();
            });
  }

  private RegistryException otherSize(OptionalLong whole) {
    return new RegistryException(
        ErrorCode.BAD_GATEWAY,
        "Blob %s: upstream %s announced %d bytes for a part, and %s for the whole"
            .formatted(
                digest(),
                fetching.upstream(),
                partial.kept().size(),
                whole.isPresent() ? whole.getAsLong() : "no size"));
  }

  private void follow(BlobContent content) {
    content.willRead(wanted.ranges.lowest(), wanted.ranges.end());
    rest = content;
    if (closed.get()) {
      content.close();
    }
  }

  private RegistryException asRegistryException(Throwable thrown) {
    return thrown instanceof RegistryException known
        ? known
        : new RegistryException(ErrorCode.UNKNOWN, "Fetching blob " + digest() + " failed", thrown);
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    long available = available(position);
    if (available <= 0) {
      return (int) available;
    }
    BlobContent other = rest;
    int limit = target.limit();
    target.limit((int) Math.min(limit, target.position() + available));
    try {
      return fromRest && other != null
          ? other.read(target, position)
          : partial.file().channel().read(target, position);
    } finally {
      target.limit(limit);
    }
  }

  @Override
  public Optional<FileChannel> channel() {
    BlobContent other = rest;
    return fromRest && other != null ? other.channel() : Optional.of(partial.file().channel());
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      partial.leave(this);
      fetching.left(partial);
      BlobContent other = rest;
      if (other != null) {
        other.close();
      }
    }
  }
}
