package dev.cistern.benchmarks;

import dev.cistern.proxy.content.BlobContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Reads a blob as it grows, to its end, and holds no thread while it waits. */
final class Follower {

  /** What one turn reads before others have theirs, in bytes. */
  private static final int TURN = 1024 * 1024;

  private static final ThreadLocal<ByteBuffer> BUFFER =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(64 * 1024));

  private final BlobContent blob;
  private final Executor executor;
  private final CompletableFuture<Long> end = new CompletableFuture<>();
  private long position;

  private Follower(BlobContent blob, Executor executor) {
    this.blob = blob;
    this.executor = executor;
  }

  /**
   * Starts to read.
   *
   * @param executor reads, a turn at a time
   * @return how many bytes there were
   */
  static CompletableFuture<Long> follow(BlobContent blob, Executor executor) {
    Follower follower = new Follower(blob, executor);
    executor.execute(follower::turn);
    return follower.end;
  }

  private void turn() {
    try {
      long until = position + TURN;
      while (position < until) {
        int count = blob.read(BUFFER.get().clear(), position);
        if (count < 0) {
          blob.close();
          end.complete(position);
          return;
        }
        if (count == 0 && blob.whenAvailable(position, () -> executor.execute(this::turn))) {
          return;
        }
        position += count;
      }
      executor.execute(this::turn);
    } catch (IOException | RuntimeException e) {
      blob.close();
      end.completeExceptionally(e);
    }
  }
}
