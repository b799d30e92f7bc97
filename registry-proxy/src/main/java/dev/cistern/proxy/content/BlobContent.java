package dev.cistern.proxy.content;

import dev.cistern.api.Digest;
import dev.cistern.proxy.event.CacheStatus;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The bytes of one blob for one reader: stored, or still arriving from the upstream.
 *
 * <p>Nothing here waits for bytes to arrive. A reader asks {@link #available} what can be read at
 * its position, reads that much by {@link #read} or sends it from {@link #channel}, and asks to be
 * woken by {@link #whenAvailable} when there is nothing yet; so a reader holds no thread while it
 * waits, and reads at its own pace from any position.
 *
 * <p>The last bytes of an arriving blob become available only once the whole has been verified
 * against {@link #digest}. When verification or the transfer fails, every method that moves the
 * reader forward throws, so that no reader ever holds a complete blob with wrong bytes.
 *
 * <p>Safe for use by one thread at a time. The reader owns it and closes it; closing early changes
 * nothing for the transfer or for other readers.
 */
public interface BlobContent extends Closeable {

  /** What the bytes are called; the whole of them hashes to it. */
  Digest digest();

  /** How the cache came to it. */
  CacheStatus status();

  /**
   * The size of the whole blob in bytes; empty only while a body whose upstream did not declare a
   * length is on its way.
   */
  OptionalLong size();

  /**
   * How many bytes can be read at {@code position} without waiting.
   *
   * @return a positive count; 0 when they have yet to arrive; -1 when the blob ends at or before
   *     {@code position}
   * @throws IOException when the transfer failed and these bytes will never come
   */
  long available(long position) throws IOException;

  /**
   * Asks to be woken once, when {@link #available} for {@code position} is no longer 0.
   *
   * @param wake called on a thread of the cache, outside any lock; must return promptly. It may be
   *     called after this content was closed.
   * @return false when there is no need to wait, in which case {@code wake} is never called
   */
  boolean whenAvailable(long position, Runnable wake);

  /**
   * Reads available bytes. May wait for a storage device or a remote store, never for the upstream.
   *
   * @return the count read; 0 when none have arrived yet or {@code target} is full; -1 at the end
   * @throws IOException as {@link #available}, and when reading fails
   */
  int read(ByteBuffer target, long position) throws IOException;

  /**
   * A local file that holds the {@link #available} bytes at their positions, for zero-copy sending;
   * empty when there is none (any more: ask before each use, after {@link #available}). It is
   * shared with other readers: use positional reads and {@code transferTo} only, never interrupt a
   * thread that uses it, and do not close it.
   */
  Optional<FileChannel> channel();

  /**
   * All the bytes, where they are in memory: they can be sent at once, and nothing waits. A
   * read-only buffer of the caller's own, from the first byte to the last.
   */
  default Optional<ByteBuffer> memory() {
    return Optional.empty();
  }

  @Override
  void close();
}
