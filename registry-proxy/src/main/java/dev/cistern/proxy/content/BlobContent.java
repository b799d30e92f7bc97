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
 * The bytes of one blob for one reader: stored, or being fetched from the upstream.
 *
 * <p>No method waits for the upstream. A reader calls {@link #available} to learn how much it can
 * read at its position, then {@link #read}s the bytes or sends them from {@link #channel}. When
 * there are none yet, it registers a callback by {@link #whenAvailable}. So a waiting reader uses
 * no thread, and each reader has its own speed and position.
 *
 * <p>The last bytes of a blob that is being fetched become available only after the whole is
 * verified against {@link #digest}, except for those who read a part, see {@link #willRead}. When
 * verification or the transfer fails, reading throws, so that no reader ever gets a complete blob
 * with wrong bytes.
 *
 * <p>For one thread at a time. The reader owns it and closes it; closing early affects neither the
 * transfer nor other readers.
 */
public interface BlobContent extends Closeable {

  /** The digest of all bytes. */
  Digest digest();

  /** How the cache handled the request. */
  CacheStatus status();

  /**
   * The size of the whole blob in bytes. Empty only while a blob is being fetched whose size the
   * upstream did not announce.
   */
  OptionalLong size();

  /**
   * Whether clients may be told the {@link #size} although they do not read the blob to its end.
   * True if the size is proven: the bytes are verified, or a manifest declares the same size. True
   * also where only parts are fetched ({@code RangeFetch.RELAY}): nothing proves the size then, as
   * nothing proves the bytes, and lazy clients take no range without it. Otherwise the upstream
   * alone says so, and the transfer may still show that it is wrong.
   */
  default boolean namesSize() {
    return true;
  }

  /**
   * Says that this reader reads only the bytes from {@code first} to before {@code end}. To be
   * called at most once, before anything is read. A blob that is being fetched gets them early, and
   * a reader of a small part does not wait until the whole is verified: the digest says nothing
   * about a part.
   */
  default void willRead(long first, long end) {}

  /**
   * How many bytes can be read at {@code position} without waiting.
   *
   * @return a positive count; 0 when they are not received yet; -1 when the blob ends at or before
   *     {@code position}
   * @throws IOException when the transfer failed, so that these bytes will not be received
   */
  long available(long position) throws IOException;

  /**
   * Registers a callback for the moment when {@link #available} at {@code position} is no longer 0.
   *
   * @param wake called once, on a thread of the cache, outside any lock; must return promptly. It
   *     may be called after this content was closed.
   * @return false when there is nothing to wait for; then {@code wake} is never called
   */
  boolean whenAvailable(long position, Runnable wake);

  /**
   * Reads available bytes. May wait for a storage device or a remote store, never for the upstream.
   *
   * @return the count read; 0 when none are received yet or {@code target} is full; -1 at the end
   * @throws IOException as {@link #available}, and when reading fails
   */
  int read(ByteBuffer target, long position) throws IOException;

  /**
   * A local file that has the {@link #available} bytes at their positions, for zero-copy sending.
   * Empty when there is none. This can change: call it before each use, after {@link #available}.
   * The channel is shared with other readers: use only positional reads and {@code transferTo},
   * never interrupt a thread that uses it, and do not close it.
   */
  Optional<FileChannel> channel();

  /**
   * All bytes, if they are in memory and can be sent at once: a new read-only buffer, from the
   * first byte to the last.
   */
  default Optional<ByteBuffer> memory() {
    return Optional.empty();
  }

  @Override
  void close();
}
