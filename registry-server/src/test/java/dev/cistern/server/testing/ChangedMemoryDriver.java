package dev.cistern.server.testing;

import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StoredObject;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Stream;

/** Storage in memory, of which a test changes some operations. */
public abstract class ChangedMemoryDriver implements StorageDriver {

  private final MemoryDriver memory = new MemoryDriver();

  @Override
  public Optional<ObjectStat> stat(String key) throws IOException {
    return memory.stat(key);
  }

  @Override
  public Optional<StoredObject> open(String key, ObjectRange range) throws IOException {
    return memory.open(key, range);
  }

  @Override
  public void put(String key, ObjectBody body) throws IOException {
    memory.put(key, body);
  }

  @Override
  public boolean putIfAbsent(String key, ObjectBody body) throws IOException {
    return memory.putIfAbsent(key, body);
  }

  @Override
  public void delete(Collection<String> keys) throws IOException {
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
  public void close() throws IOException {
    memory.close();
  }
}
