package dev.cistern.storage;

import java.io.Closeable;
import java.io.IOException;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Stores objects by key in a back-end: a directory, memory, a bucket. Authors of storage implement
 * this interface. The content store that uses the driver decides what the keys are.
 *
 * <p><b>Keys</b> follow the rules of {@link StorageKeys}: segments of printable ASCII, separated by
 * {@code /}. They have no meaning to a driver. No key is the beginning of another one, as {@code
 * a/b} would be of {@code a/b/c}; a driver may reject such a pair with an {@link IOException}. A
 * key that breaks the rules is a bug of the caller: the driver throws {@link
 * IllegalArgumentException} and does nothing else.
 *
 * <p><b>Absence</b> is not a failure: the result is an empty {@link Optional}. <b>Failure</b> is an
 * {@link IOException} and is never reported as absence: a driver that cannot find out whether an
 * object exists throws. A driver that knows what kind of failure it is throws a {@link
 * StorageException}. A driver with a remote back-end limits the time of each call: a back-end that
 * does not answer is a failure.
 *
 * <p><b>Atomicity.</b> An object is visible either completely or not at all. A reader of a key that
 * is being replaced gets either the whole old object or the whole new one. A write that fails
 * leaves the key as it was.
 *
 * <p><b>Durability.</b> When {@link #put} or {@link #putIfAbsent} has returned, the object survives
 * a loss of power, if the back-end can guarantee that. A deletion need not be durable: a deleted
 * object may exist again after a crash.
 *
 * <p><b>Consistency.</b> A {@code stat} or {@code open} that begins after a write has returned sees
 * its result, in this process and in all processes that share the back-end. Listings are weakly
 * consistent: an object that exists during the whole listing is listed once; an object that is
 * added or removed during the listing may or may not be listed.
 *
 * <p><b>Threading.</b> Every method may block, and any number of threads may call it at the same
 * time. An interrupt may make the call of the interrupted thread fail, but no other call. For
 * objects that are open see {@link StoredObject}.
 *
 * <p><b>Closing</b> a driver, or an object that is open, again does nothing.
 *
 * <p><b>Reading changes nothing</b>, neither modification times nor listings.
 *
 * <p>A driver may implement further interfaces for optional powers: {@link SupportsAdoption},
 * {@link SupportsFileChannel}, {@link SupportsTouch}, {@link SupportsFreeSpace}, {@link
 * SupportsSignedUrls}. What this page says of keys, absence, failure and threads holds for their
 * methods, too. {@code dev.cistern.storage.contract.StorageDriverContract}, in this module's
 * test-jar, tests everything that this page requires.
 */
public interface StorageDriver extends Closeable {

  /** The object's metadata; empty if there is no such object. */
  Optional<ObjectStat> stat(String key) throws IOException;

  /**
   * Opens the object for reading; empty if there is no such object. The caller closes it. After the
   * key has been replaced or deleted, reads return the same bytes as before or, if the back-end
   * cannot do that, fail. They never mix old and new bytes.
   *
   * @param range what the caller is going to read, usually in order; a driver need not fetch
   *     anything else. Reads of other bytes return them too, perhaps slowly. The range may begin
   *     after the object's end
   */
  Optional<StoredObject> open(String key, ObjectRange range) throws IOException;

  /**
   * Stores an object and replaces an existing one.
   *
   * @throws IOException if the back-end or the body fails, or the body has fewer or more bytes than
   *     announced; then the key is as it was before and nothing else remains
   */
  void put(String key, ObjectBody body) throws IOException;

  /**
   * Stores an object unless one exists. Exactly one of several concurrent callers gets {@code
   * true}, in whichever processes. This is one operation for the back-end, if it can do that.
   *
   * @return false if an object existed; then nothing has changed, and the body may not have been
   *     read
   * @throws IOException in the same cases as {@link #put}
   */
  boolean putIfAbsent(String key, ObjectBody body) throws IOException;

  /**
   * Removes the objects that exist, in any order. A back-end that can do so removes many at once.
   *
   * @throws IllegalArgumentException if one of the keys breaks the rules; then nothing is removed
   * @throws IOException if some could not be removed; the others may have been
   */
  void delete(Collection<String> keys) throws IOException;

  /**
   * Lists every object whose key begins with {@code prefix + "/"}, at any depth and in any order;
   * every object if the prefix is empty. The listing is read while the stream is consumed, so that
   * its memory does not grow with the number of objects. The caller closes the stream. If reading
   * fails, the stream throws {@link java.io.UncheckedIOException}.
   */
  Stream<ObjectStat> list(String prefix) throws IOException;

  /**
   * Lists the next segment of every key that begins with {@code prefix + "/"}, each once and in any
   * order: names, not keys. A child whose objects have all been deleted may still be listed. The
   * stream is consumed, closed and fails as that of {@link #list}.
   */
  Stream<String> children(String prefix) throws IOException;

  /** What is true of the back-end. Always the same. */
  default Set<StorageTrait> traits() {
    return Set.of();
  }
}
