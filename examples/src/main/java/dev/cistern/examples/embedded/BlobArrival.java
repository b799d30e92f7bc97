package dev.cistern.examples.embedded;

import dev.cistern.proxy.content.BlobContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Writes one blob into a file while it arrives. Holds no thread: a turn writes what is here, at
 * most a megabyte of it, and asks for another one, at once or when there is more.
 */
final class BlobArrival {

  private static final int TURN = 1 << 20;

  private final BlobContent content;
  private final Path file;
  private final Progress progress;
  private final Executor turns;
  private final CompletableFuture<Void> end = new CompletableFuture<>();
  private @Nullable FileChannel out;
  private long position;

  private BlobArrival(BlobContent content, Path file, Progress progress, Executor turns) {
    this.content = content;
    this.file = file;
    this.progress = progress;
    this.turns = turns;
  }

  /**
   * Starts to write.
   *
   * @param content closed at the end
   * @param turns where turns are taken, one after the other
   * @return ends when the file is complete, or as the transfer failed
   */
  static CompletionStage<Void> start(
      BlobContent content, Path file, Progress progress, Executor turns) {
    BlobArrival arrival = new BlobArrival(content, file, progress, turns);
    arrival.nextTurn();
    return arrival.end;
  }

  private void turn() {
    try {
      FileChannel target = out == null ? open() : out;
      long available = content.available(position);
      if (available < 0) {
        close();
        progress.completed();
        end.complete(null);
        return;
      }
      if (available > 0) {
        write(target, (int) Math.min(TURN, available));
      }
      // False when more has come meanwhile: then there is no need to wait to be woken.
      if (available > 0 || !content.whenAvailable(position, this::nextTurn)) {
        nextTurn();
      }
    } catch (IOException | RuntimeException e) {
      fail(e);
    }
  }

  private FileChannel open() throws IOException {
    FileChannel opened =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    out = opened;
    return opened;
  }

  private void nextTurn() {
    try {
      turns.execute(this::turn);
    } catch (RejectedExecutionException e) {
      fail(new IOException("the pull was given up", e));
    }
  }

  private void write(FileChannel target, int most) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(most);
    content.read(buffer, position);
    buffer.flip();
    progress.arrived(buffer.remaining());
    while (buffer.hasRemaining()) {
      position += target.write(buffer);
    }
  }

  private void fail(Exception cause) {
    try {
      close();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
    end.completeExceptionally(cause);
  }

  private void close() throws IOException {
    content.close();
    if (out != null) {
      out.close();
    }
  }
}
