package dev.cistern.proxy.testing;

import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageTrait;
import dev.cistern.storage.StoredObject;
import dev.cistern.storage.SupportsSignedUrls;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * A store behind a network, as several caches use it, that hangs or fails when a test says so.
 * Closing it does nothing.
 */
public final class RemoteDriver implements StorageDriver, SupportsSignedUrls {

  /** Called before an operation; its failure is the operation's. */
  @FunctionalInterface
  public interface Hook {
    void before(String key, long position) throws IOException;
  }

  private final MemoryDriver memory;
  private final List<String> opened = new CopyOnWriteArrayList<>();
  private volatile Hook looks = (key, position) -> {};
  private volatile Hook reads = (key, position) -> {};
  private volatile Hook writes = (key, position) -> {};
  private volatile int most = Integer.MAX_VALUE;

  /** An empty store whose times are those of a clock. */
  public RemoteDriver(Clock clock) {
    memory = new MemoryDriver(clock);
  }

  /** Before anything is looked at or opened. */
  public void beforeLooks(Hook hook) {
    looks = hook;
  }

  /** Before bytes of an open object are read. */
  public void beforeReads(Hook hook) {
    reads = hook;
  }

  /** How many bytes a read returns at most. */
  public void limitReads(int bytes) {
    most = bytes;
  }

  /** Before anything is written. */
  public void beforeWrites(Hook hook) {
    writes = hook;
  }

  /** The keys of all objects that were opened. */
  public List<String> opened() {
    return opened;
  }

  /** Waits until there is an object whose key contains this. */
  public void await(String part) {
    Await.until(() -> keys().anyMatch(key -> key.contains(part)));
  }

  /** The keys of all objects. */
  public Stream<String> keys() {
    return memory.list("").map(ObjectStat::key);
  }

  @Override
  public Optional<ObjectStat> stat(String key) throws IOException {
    looks.before(key, 0);
    return memory.stat(key);
  }

  @Override
  public Optional<StoredObject> open(String key, ObjectRange range) throws IOException {
    looks.before(key, range.first());
    opened.add(key);
    return memory.open(key, range).map(object -> new Hooked(key, object));
  }

  @Override
  public void put(String key, ObjectBody body) throws IOException {
    writes.before(key, 0);
    memory.put(key, body);
  }

  @Override
  public boolean putIfAbsent(String key, ObjectBody body) throws IOException {
    writes.before(key, 0);
    return memory.putIfAbsent(key, body);
  }

  @Override
  public void delete(Collection<String> keys) throws IOException {
    for (String key : keys) {
      writes.before(key, 0);
    }
    memory.delete(keys);
  }

  @Override
  public Stream<ObjectStat> list(String prefix) {
    return memory.list(prefix);
  }

  @Override
  public Stream<String> children(String prefix) {
    return memory.children(prefix);
  }

  @Override
  public URI signedUrl(String key, Duration validity) {
    return URI.create("https://store.example/" + key + "?for=" + validity);
  }

  @Override
  public Set<StorageTrait> traits() {
    return Set.of(StorageTrait.REMOTE);
  }

  @Override
  public void close() {}

  private final class Hooked implements StoredObject {

    private final String key;
    private final StoredObject object;

    Hooked(String key, StoredObject object) {
      this.key = key;
      this.object = object;
    }

    @Override
    public long size() {
      return object.size();
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
      reads.before(key, position);
      ByteBuffer some = target.slice(target.position(), Math.min(most, target.remaining()));
      int count = object.read(some, position);
      target.position(target.position() + Math.max(0, count));
      return count;
    }

    @Override
    public void close() throws IOException {
      object.close();
    }
  }
}
