package dev.cistern.server.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.conduits.AbstractStreamSinkConduit;
import org.xnio.conduits.StreamSinkConduit;

/** Notes whether what is sent is taken. */
final class WatchedSink extends AbstractStreamSinkConduit<StreamSinkConduit> {

  private final Progress progress;

  WatchedSink(StreamSinkConduit next, Progress progress) {
    super(next);
    this.progress = progress;
  }

  private long note(long count, boolean wanted) {
    if (count > 0) {
      progress.moved(count);
    } else if (wanted) {
      progress.stuck();
    }
    return count;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    boolean wanted = source.hasRemaining();
    return (int) note(super.write(source), wanted);
  }

  @Override
  public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
    return note(super.write(sources, offset, length), hasRemaining(sources, offset, length));
  }

  @Override
  public int writeFinal(ByteBuffer source) throws IOException {
    boolean wanted = source.hasRemaining();
    return (int) note(super.writeFinal(source), wanted);
  }

  @Override
  public long writeFinal(ByteBuffer[] sources, int offset, int length) throws IOException {
    return note(super.writeFinal(sources, offset, length), hasRemaining(sources, offset, length));
  }

  /** After an attempt; what is left then was to be sent before. */
  private static boolean hasRemaining(ByteBuffer[] sources, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      if (sources[i].hasRemaining()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public long transferFrom(FileChannel source, long position, long count) throws IOException {
    return note(super.transferFrom(source, position, count), count > 0);
  }

  @Override
  public long transferFrom(StreamSourceChannel source, long count, ByteBuffer through)
      throws IOException {
    return note(super.transferFrom(source, count, through), through.hasRemaining());
  }

  @Override
  public boolean flush() throws IOException {
    boolean flushed = super.flush();
    if (flushed) {
      progress.moved(0);
    } else {
      progress.stuck();
    }
    return flushed;
  }
}
