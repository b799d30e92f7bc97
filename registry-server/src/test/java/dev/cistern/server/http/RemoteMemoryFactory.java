package dev.cistern.server.http;

import dev.cistern.storage.DriverParameters;
import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageDriverFactory;
import dev.cistern.storage.StorageTrait;
import dev.cistern.storage.StoredObject;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Makes a store that counts as behind a network, so that the server has a local directory. */
public final class RemoteMemoryFactory implements StorageDriverFactory {

  @Override
  public String name() {
    return "remote";
  }

  @Override
  public StorageDriver create(DriverParameters parameters) {
    return new RemoteMemory(new MemoryDriver());
  }

  private record RemoteMemory(MemoryDriver memory) implements StorageDriver {

    @Override
    public Optional<ObjectStat> stat(String key) {
      return memory.stat(key);
    }

    @Override
    public Optional<StoredObject> open(String key, ObjectRange range) {
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
    public void delete(Collection<String> keys) {
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
    public Set<StorageTrait> traits() {
      return Set.of(StorageTrait.REMOTE);
    }

    @Override
    public void close() {
      memory.close();
    }
  }
}
