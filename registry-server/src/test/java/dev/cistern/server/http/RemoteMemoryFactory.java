package dev.cistern.server.http;

import dev.cistern.server.testing.ChangedMemoryDriver;
import dev.cistern.storage.DriverParameters;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageDriverFactory;
import dev.cistern.storage.StorageTrait;
import java.util.Set;

/** Makes a store that counts as behind a network, so that the server has a local directory. */
public final class RemoteMemoryFactory implements StorageDriverFactory {

  @Override
  public String name() {
    return "remote";
  }

  @Override
  public Set<String> parameters() {
    return Set.of("place", "key");
  }

  @Override
  public Set<String> secretParameters() {
    return Set.of("key");
  }

  @Override
  public StorageDriver create(DriverParameters parameters) {
    return new RemoteMemory();
  }

  private static final class RemoteMemory extends ChangedMemoryDriver {

    @Override
    public Set<StorageTrait> traits() {
      return Set.of(StorageTrait.REMOTE);
    }
  }
}
