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
 * Writes one blob to a file while it is being fetched. No thread waits for it: each step writes the
 * bytes that are available, at most a megabyte, and schedules the next step, immediately or when
 * more bytes are available.
 */
final class BlobDownload {

  private static final int MAX_STEP = 1 << 20;

  private final BlobContent content;
  private final Path file;
  private final Progress progress;
  private final Executor executor;
  private final CompletableFuture<Void> end = new CompletableFuture<>();
  private @Nullable FileChannel out;
  private long position;

  private BlobDownload(BlobContent content, Path file, Progress progress, Executor executor) {
    this.content = content;
    this.file = file;
    this.progress = progress;
    this.executor = executor;
  }

  /**
   * Starts the download.
   *
   * @param content closed at the end
   * @param executor runs the steps, one at a time
   * @return completes when the file is complete or the transfer has failed
   */
  static CompletionStage<Void> start(
      BlobContent content, Path file, Progress progress, Executor executor) {
    BlobDownload download = new BlobDownload(content, file, progress, executor);
    download.nextStep();
    return download.end;
  }

  private void step() {
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
        write(target, (int) Math.min(MAX_STEP, available));
      }
      // False if more bytes are available already, so that there is no need to wait.
      if (available > 0 || !content.whenAvailable(position, this::nextStep)) {
        nextStep();
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

  private void nextStep() {
    try {
      executor.execute(this::step);
    } catch (RejectedExecutionException e) {
      fail(new IOException("the pull was cancelled", e));
    }
  }

  private void write(FileChannel target, int most) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(most);
    content.read(buffer, position);
    buffer.flip();
    progress.written(buffer.remaining());
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
