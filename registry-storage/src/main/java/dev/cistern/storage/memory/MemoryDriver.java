package dev.cistern.storage.memory;

import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageKeys;
import dev.cistern.storage.StorageTrait;
import dev.cistern.storage.StoredObject;
import dev.cistern.storage.SupportsTouch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;

/**
 * Stores objects as arrays on the heap, each up to nearly 2 GiB. They are lost when the process
 * ends. This driver has no files, so it can also represent other back-ends without files in tests.
 */
public final class MemoryDriver implements StorageDriver, SupportsTouch {

  /** The body's position never changes; readers use a slice or a duplicate. */
  private record Entry(ByteBuffer body, ObjectStat stat) {}

  private final Clock clock;
  private final ConcurrentNavigableMap<String, Entry> entries = new ConcurrentSkipListMap<>();

  /** Makes an empty store with the system's clock. */
  public MemoryDriver() {
    this(Clock.systemUTC());
  }

  /**
   * Makes an empty store.
   *
   * @param clock for the modification times
   */
  public MemoryDriver(Clock clock) {
    this.clock = clock;
  }

  @Override
  public Optional<ObjectStat> stat(String key) {
    return Optional.ofNullable(entries.get(StorageKeys.requireKey(key))).map(Entry::stat);
  }

  @Override
  public Optional<StoredObject> open(String key, ObjectRange range) {
    return Optional.ofNullable(entries.get(StorageKeys.requireKey(key)))
        .map(entry -> new MemoryObject(key, entry.body()));
  }

  @Override
  public void put(String key, ObjectBody body) throws IOException {
    StorageKeys.requireKey(key);
    entries.put(key, read(key, body));
  }

  @Override
  public boolean putIfAbsent(String key, ObjectBody body) throws IOException {
    StorageKeys.requireKey(key);
    return !entries.containsKey(key) && entries.putIfAbsent(key, read(key, body)) == null;
  }

  @Override
  public void delete(Collection<String> keys) {
    keys.forEach(StorageKeys::requireKey);
    keys.forEach(entries::remove);
  }

  @Override
  public void touch(String key, Instant time) {
    entries.computeIfPresent(
        StorageKeys.requireKey(key),
        (same, entry) -> new Entry(entry.body(), new ObjectStat(key, entry.stat().size(), time)));
  }

  @Override
  public Set<StorageTrait> traits() {
    return Set.of(StorageTrait.READERS_OUTLIVE_DELETION);
  }

  @Override
  public Stream<ObjectStat> list(String prefix) {
    return below(prefix).values().stream().map(Entry::stat);
  }

  @Override
  public Stream<String> children(String prefix) {
    int start = prefix.isEmpty() ? 0 : prefix.length() + 1;
    return below(prefix).keySet().stream().map(key -> segment(key, start)).distinct();
  }

  /** Does nothing: the objects are released with the driver itself. */
  @Override
  public void close() {}

  private ConcurrentNavigableMap<String, Entry> below(String prefix) {
    StorageKeys.requirePrefix(prefix);
    // '0' follows '/', so exactly the keys that begin with the prefix and a slash are between them.
    return prefix.isEmpty() ? entries : entries.subMap(prefix + "/", prefix + "0");
  }

  private static String segment(String key, int start) {
    int end = key.indexOf('/', start);
    return end < 0 ? key.substring(start) : key.substring(start, end);
  }

  private Entry read(String key, ObjectBody body) throws IOException {
    long size = body.size();
    if (size > Integer.MAX_VALUE - 8) {
      throw new IOException(key + " is too large for storage in memory: " + size + " bytes");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream((int) size);
    body.writeTo(bytes);
    return new Entry(
        ByteBuffer.wrap(bytes.toByteArray()), new ObjectStat(key, size, clock.instant()));
  }
}
