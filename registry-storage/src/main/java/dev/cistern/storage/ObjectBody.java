package dev.cistern.storage;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;

/**
 * The bytes of an object to be stored. May be opened more than once (a driver may try again), and
 * gives the same bytes each time.
 */
public interface ObjectBody {

  /** How many bytes {@link #open} gives. */
  long size();

  /** The bytes, from the first one. The driver closes the stream. */
  InputStream open() throws IOException;

  /**
   * Writes the whole body to a stream, which stays open.
   *
   * @throws IOException when the body or the stream fails, or when the body gives fewer or more
   *     bytes than {@link #size}; some may have been written then
   */
  default void writeTo(OutputStream out) throws IOException {
    long left = size();
    byte[] buffer = new byte[(int) Math.min(64 << 10, left + 1)];
    try (InputStream in = open()) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        left -= n;
        if (left < 0) {
          throw new IOException(
              "the body gives more than the " + size() + " bytes that it was said to have");
        }
        out.write(buffer, 0, n);
      }
    }
    if (left > 0) {
      throw new EOFException(
          "the body ends " + left + " bytes short of the " + size() + " that it was said to have");
    }
  }

  /** A body from memory. The array is not copied: leave it alone until the object is stored. */
  static ObjectBody of(byte[] bytes) {
    return new BytesBody(bytes);
  }

  /**
   * A body from a file, of the size that the file has now.
   *
   * @throws IOException when the file cannot be looked at
   */
  static ObjectBody of(Path file) throws IOException {
    return FileBody.of(file);
  }
}
