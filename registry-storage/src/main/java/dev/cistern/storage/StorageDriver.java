package dev.cistern.storage;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A back-end that keeps objects under keys: a directory, memory, a bucket. This is what an author
 * of storage writes; the layout of the keys belongs to the content store above it.
 *
 * <p><b>Keys</b> are as {@link StorageKeys} says: segments parted by {@code /}, printable ASCII. To
 * a driver they are opaque. No key is a leading part of another one ({@code a/b} beside {@code
 * a/b/c}); a driver may refuse such a pair with an {@link IOException}. A key that breaks the rules
 * is a bug of the caller: {@link IllegalArgumentException}, and nothing is done.
 *
 * <p><b>Absence</b> is an answer, and never a failure: an empty {@link Optional}. <b>Failure</b> is
 * an {@link IOException}, and never absence: a driver that cannot tell whether an object is there
 * throws.
 *
 * <p><b>Atomicity.</b> An object appears whole or not at all. Whoever reads while a key is replaced
 * gets the whole old object or the whole new one. A write that fails leaves what was there before.
 *
 * <p><b>Durability.</b> When {@link #put} or {@link #putIfAbsent} returns, the object survives a
 * loss of power, as far as the back-end can promise that at all. A deletion need not: a deleted
 * object may be back after a crash.
 *
 * <p><b>Consistency.</b> What a write has put there is seen by every {@code stat} and {@code open}
 * that begins after its return, in this process and, where back-ends are shared, in others.
 * Listings are weakly consistent: an object that is there all the while is listed once; one that
 * comes or goes meanwhile may be listed or not.
 *
 * <p><b>Threading.</b> Every method may block and may be called by any number of threads at once.
 * An interrupt may make the interrupted thread's call fail, and no other's; for what has been
 * opened see {@link StoredObject}.
 *
 * <p><b>Reading changes nothing</b>: not a modification time, and not what a listing shows.
 *
 * <p>Optional powers are further interfaces that a driver may implement: {@link SupportsAdoption},
 * {@link SupportsFileChannel}, {@link SupportsTouch}, {@link SupportsFreeSpace}. {@code
 * StorageDriverContract} in this module's test-jar holds a driver to this page.
 */
public interface StorageDriver extends Closeable {

  /** What is known of the object without reading it; empty when there is none. */
  Optional<ObjectStat> stat(String key) throws IOException;

  /**
   * Opens the object for reading at any position; empty when there is none. The caller closes it.
   * It goes on giving the bytes that it was opened on after the key is replaced or deleted, where
   * the back-end can do that; elsewhere reads fail then, and never mix the old with the new.
   */
  Optional<StoredObject> open(String key) throws IOException;

  /**
   * Stores an object, in place of one that may be there.
   *
   * @throws IOException when the back-end fails, when the body does, or when the body gives fewer
   *     or more bytes than it said: the key is then as it was before, and nothing else is left
   *     behind
   */
  void put(String key, ObjectBody body) throws IOException;

  /**
   * Stores an object unless there is one. Of any number of concurrent callers exactly one is told
   * {@code true}.
   *
   * @return false when there was an object already; nothing has changed then, and the body may not
   *     have been read
   * @throws IOException as {@link #put} does
   */
  boolean putIfAbsent(String key, ObjectBody body) throws IOException;

  /** Removes the object; it is fine if there is none. */
  void delete(String key) throws IOException;

  /**
   * Every object whose key begins with {@code prefix + "/"}, at any depth, in no promised order;
   * every object when the prefix is empty. Read as the stream is consumed, so that its cost in
   * memory does not grow with the number of objects. The caller closes the stream. A failure on the
   * way is an {@link java.io.UncheckedIOException} from the stream.
   */
  Stream<ObjectStat> list(String prefix) throws IOException;

  /**
   * The distinct next segments of the keys that begin with {@code prefix + "/"}, in no promised
   * order: names, not keys. May name a child whose objects have all gone. Consumed, closed and
   * failing as {@link #list} is.
   */
  Stream<String> children(String prefix) throws IOException;
}
