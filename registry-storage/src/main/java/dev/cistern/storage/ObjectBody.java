package dev.cistern.storage;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * The bytes of an object to store. A driver may open it more than once, for example to retry, and
 * must get the same bytes each time.
 */
public interface ObjectBody {

  /** The number of bytes that {@link #open} returns. */
  long size();

  /** Opens the bytes from the first one. The driver closes the stream. */
  InputStream open() throws IOException;

  /**
   * Opens the bytes from this position, so that a driver can send a body in parts without holding
   * them in memory. The driver closes the stream.
   */
  default InputStream open(long position) throws IOException {
    InputStream in = open();
    try {
      in.skipNBytes(position);
      return in;
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
  }

  /**
   * Writes the whole body to a stream and leaves the stream open.
   *
   * @throws IOException if the body or the stream fails, or the body has fewer or more bytes than
   *     {@link #size}; part of the body may have been written
   */
  default void writeTo(OutputStream out) throws IOException {
    long left = size();
    byte[] buffer = new byte[(int) Math.min(64 << 10, left + 1)];
    try (InputStream in = open()) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        left -= n;
        if (left < 0) {
          throw new IOException(
              "the body has more than the " + size() + " bytes that were announced");
        }
        out.write(buffer, 0, n);
      }
    }
    if (left > 0) {
      throw new EOFException(
          "the body ended " + left + " bytes before the " + size() + " that were announced");
    }
  }

  /** Makes a body from an array, which is not copied: do not change it until it is stored. */
  static ObjectBody of(byte[] bytes) {
    return new BytesBody(bytes);
  }

  /**
   * Makes a body from a file, with the size that the file has now.
   *
   * @throws IOException if the size cannot be read
   */
  static ObjectBody of(Path file) throws IOException {
    return FileBody.of(file);
  }

  /**
   * Makes a body from an open file, with the size that the file has now. The body can be read as
   * long as the channel is open, also after the file was deleted. It does not use the channel's
   * position.
   *
   * @throws IOException if the size cannot be read
   */
  static ObjectBody of(FileChannel file) throws IOException {
    return of(file.size(), file::read);
  }

  /**
   * Makes a body from something that is open and is read by positions, such as an object of another
   * store. It stays the caller's, and is open until the body is stored.
   */
  static ObjectBody of(long size, Source source) {
    return new PositionedBody(size, source);
  }

  /** Bytes that are read by their positions. */
  @FunctionalInterface
  interface Source {

    /** Reads as {@link StoredObject#read} does. */
    int read(ByteBuffer dst, long position) throws IOException;
  }
}
