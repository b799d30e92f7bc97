package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.event.Forward;
import dev.cistern.proxy.internal.concurrent.Rejection;
import dev.cistern.proxy.policy.RetryPolicy;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * The transfer of one reader through a window of memory, used when the disk cannot hold a shared
 * one.
 *
 * <p>The upstream is read as fast as the reader reads, apart from what the source reads ahead. The
 * window holds {@value #WINDOW} bytes. The transfer thread waits for room in it for at most {@link
 * #READ_TIMEOUT}. Bytes can be read once, in order. The end follows the rule of {@link
 * WithheldEnd}.
 */
final class RelayedBlob implements BlobContent {

  static final int WINDOW = 4 * WithheldEnd.BYTES;

  private static final Duration READ_TIMEOUT = Duration.ofMinutes(2);
  private static final int CHUNK = 16 * 1024;

  private final Digest digest;
  private final BlobSource source;
  private final BlobHash hash;
  private final Transfer transfer;
  private final FetchProgress progress = new FetchProgress();
  private final CompletableFuture<BlobContent> opened = new CompletableFuture<>();

  private volatile OptionalLong size = OptionalLong.empty();

  // Guarded by this: the bytes from start to end, each at its position modulo the window's size.
  private final byte[] window = new byte[WINDOW];
  private long start;
  private volatile long end;
  private long wanted;
  private boolean closed;
  private final long started = System.nanoTime();
  private volatile Duration waited = Duration.ZERO;

  private RelayedBlob(
      Digest digest,
      BlobSource source,
      BlobHash hash,
      long from,
      RetryPolicy retries,
      long largest) {
    this.digest = digest;
    this.source = source;
    this.hash = hash;
    transfer = new Transfer(digest, source, from, retries, largest);
    start = from;
    end = from;
  }

  /**
   * Starts a transfer.
   *
   * @param hash the hash of the blob up to {@code from} or further, owned by this
   * @param from the position of the first byte that will be read
   * @param largest the largest size of a blob in bytes
   */
  static RelayedBlob start(
      Digest digest,
      BlobSource source,
      BlobHash hash,
      long from,
      Executor transfers,
      RetryPolicy retries,
      long largest) {
    RelayedBlob relay = new RelayedBlob(digest, source, hash, from, retries, largest);
    try {
      transfers.execute(relay::run);
    } catch (RejectedExecutionException e) {
      relay.fail(Rejection.failure(e, "upstream " + source.name()));
    }
    return relay;
  }

  /** Completes with this when the upstream begins to send, or fails with its refusal. */
  CompletionStage<BlobContent> opened() {
    return opened;
  }

  private void run() {
    try {
      transfer.run(new Windowed());
      hash.verify(digest, transfer.size(), source.name());
      size = OptionalLong.of(hash.length());
      progress.complete(hash.length());
      opened.complete(this);
    } catch (RegistryException e) {
      fail(e);
    } catch (IOException | RuntimeException | Error e) {
      // Every kind, such as OutOfMemoryError, because the reader would wait forever.
      fail(
          new RegistryException(
              ErrorCode.UNKNOWN, "Passing blob " + digest + " through failed", e));
    }
  }

  private void fail(RegistryException cause) {
    opened.completeExceptionally(cause);
    progress.fail(new IOException(cause.getMessage(), cause));
  }

  /** Writes the bytes received to the window. */
  private final class Windowed implements Transfer.Sink {

    @Override
    public void begin(OptionalLong announced, UpstreamBlob answer) {
      // Never another one: a transfer fails when its upstream announces different sizes.
      size = announced;
      waited = Duration.ofNanos(System.nanoTime() - started);
      opened.complete(RelayedBlob.this);
    }

    @Override
    public void append(byte[] bytes, int offset, int count) throws IOException {
      for (int done = 0; done < count; done += CHUNK) {
        int part = Math.min(CHUNK, count - done);
        hash.update(bytes, offset + done, part, end);
        store(bytes, offset + done, part);
        progress.advance(WithheldEnd.visible(end, size));
      }
    }
  }

  private synchronized void store(byte[] bytes, int offset, int count) throws IOException {
    long deadline = System.nanoTime() + READ_TIMEOUT.toNanos();
    while (!closed && !fits(count)) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new IOException("the client read nothing for " + READ_TIMEOUT.toSeconds() + " s");
      }
      try {
        wait(Math.max(1, left / 1_000_000));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
    if (closed) {
      throw new IOException("the client closed the blob");
    }
    int at = (int) (end % WINDOW);
    int first = Math.min(count, WINDOW - at);
    System.arraycopy(bytes, offset, window, at, first);
    System.arraycopy(bytes, offset + first, window, 0, count - first);
    end += count;
  }

  private synchronized boolean fits(int count) {
    start = Math.max(start, Math.min(wanted, end));
    return end + count - start <= WINDOW;
  }

  @Override
  public Digest digest() {
    return digest;
  }

  /** A miss that is not stored. */
  @Override
  public CacheStatus status() {
    return new CacheStatus.Miss(Forward.ok(source.name(), waited), Set.of());
  }

  @Override
  public boolean namesSize() {
    return progress.isComplete() || (size.isPresent() && source.isDeclared(size.getAsLong()));
  }

  @Override
  public OptionalLong size() {
    return size;
  }

  @Override
  public long available(long position) throws IOException {
    drop(position);
    return progress.available(position);
  }

  @Override
  public boolean whenAvailable(long position, Runnable wake) {
    return progress.whenAvailable(position, wake);
  }

  /** Frees the bytes before this position: the reader has read them. */
  private synchronized void drop(long position) {
    if (position > wanted) {
      wanted = position;
      notifyAll();
    }
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    long available = available(position);
    if (available <= 0) {
      return (int) available;
    }
    synchronized (this) {
      if (position < start) {
        throw new IOException(
            "byte "
                + position
                + " of blob "
                + digest
                + " was read already; a blob that is passed through is read once, in order");
      }
      int count = (int) Math.min(target.remaining(), available);
      int at = (int) (position % WINDOW);
      int first = Math.min(count, WINDOW - at);
      target.put(window, at, first);
      target.put(window, 0, count - first);
      return count;
    }
  }

  @Override
  public Optional<FileChannel> channel() {
    return Optional.empty();
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    transfer.cancel();
  }
}
