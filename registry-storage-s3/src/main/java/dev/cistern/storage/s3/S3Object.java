package dev.cistern.storage.s3;

import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.StorageException;
import dev.cistern.storage.StorageException.Kind;
import dev.cistern.storage.StoredObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * An object that is read by one request as long as reads follow each other, and by another one for
 * each jump.
 */
final class S3Object implements StoredObject {

  /** Up to so many bytes are skipped rather than requested again. */
  private static final int SKIPPED = 128 << 10;

  /** What is requested for a read outside of the range. */
  private static final int JUMP = 256 << 10;

  private static final int BUFFER = 64 << 10;

  /** Requests the bytes of the object as it was when it was opened, and no others. */
  @FunctionalInterface
  interface Source {
    ResponseInputStream<GetObjectResponse> open(ObjectRange range) throws IOException;
  }

  private final String key;
  private final long size;
  private final ObjectRange range;
  private final Source source;

  // Guarded by lock, except that any thread may abort the stream.
  private final Object lock = new Object();
  private volatile @Nullable ResponseInputStream<GetObjectResponse> stream;
  private long position;
  private long end;
  private volatile boolean closed;

  /**
   * @param range what will probably be read
   * @param stream the bytes of the range, as far as the object has them; null if it has none
   */
  S3Object(
      String key,
      long size,
      ObjectRange range,
      @Nullable ResponseInputStream<GetObjectResponse> stream,
      Source source) {
    this.key = key;
    this.size = size;
    this.range = range;
    this.stream = stream;
    this.source = source;
    position = range.first();
    end = range.end(size);
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int read(ByteBuffer dst, long from) throws IOException {
    synchronized (lock) {
      requireOpen();
      if (from >= size) {
        return -1;
      }
      if (!dst.hasRemaining()) {
        return 0;
      }
      try {
        return read(dst, streamAt(from, dst.remaining()));
      } catch (SdkException e) {
        // As when the thread is interrupted.
        drop();
        throw S3Failures.of(e, "could not read " + key);
      } catch (IOException e) {
        drop();
        requireOpen();
        throw e instanceof StorageException
            ? e
            : new StorageException(
                Kind.UNAVAILABLE, "could not read " + key + " at byte " + from + ": " + e, e);
      }
    }
  }

  private int read(ByteBuffer dst, InputStream in) throws IOException {
    int most = (int) Math.min(dst.remaining(), end - position);
    int count;
    if (dst.hasArray()) {
      count = in.read(dst.array(), dst.arrayOffset() + dst.position(), most);
      if (count > 0) {
        dst.position(dst.position() + count);
      }
    } else {
      byte[] bytes = new byte[Math.min(most, BUFFER)];
      count = in.read(bytes, 0, bytes.length);
      if (count > 0) {
        dst.put(bytes, 0, count);
      }
    }
    if (count < 0) {
      throw new StorageException(
          Kind.UNAVAILABLE,
          "the answer for " + key + " ended at byte " + position + " of " + end,
          null);
    }
    position += count;
    if (position == end) {
      drop();
    }
    return count;
  }

  /** The stream, whose next byte is at this position of the object. */
  private InputStream streamAt(long from, int wanted) throws IOException {
    InputStream current = stream;
    if (current != null && from >= position && from < end && from - position <= SKIPPED) {
      current.skipNBytes(from - position);
      position = from;
      return current;
    }
    drop();
    boolean inRange = from >= range.first() && from < range.end(size);
    long to = inRange ? range.end(size) : Math.min(size, from + Math.max(wanted, JUMP));
    ResponseInputStream<GetObjectResponse> next = source.open(new ObjectRange(from, to - from));
    stream = next;
    position = from;
    end = to;
    if (closed) {
      next.abort();
    }
    return next;
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new IOException(key + " is closed");
    }
  }

  private void drop() {
    ResponseInputStream<GetObjectResponse> current = stream;
    stream = null;
    if (current != null) {
      release(current, position == end);
    }
  }

  private static void release(ResponseInputStream<GetObjectResponse> in, boolean read) {
    if (!read) {
      in.abort();
      return;
    }
    try {
      in.close();
    } catch (IOException e) {
      in.abort();
    }
  }

  /** Ends a read that is waiting, too. */
  @Override
  public void close() {
    closed = true;
    ResponseInputStream<GetObjectResponse> current = stream;
    stream = null;
    if (current != null) {
      current.abort();
    }
  }
}
