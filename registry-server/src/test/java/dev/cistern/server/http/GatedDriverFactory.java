package dev.cistern.server.http;

import dev.cistern.storage.DriverParameters;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageDriverFactory;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Lets a configuration ask for the {@link GatedDriver}, and the test get hold of it. */
public final class GatedDriverFactory implements StorageDriverFactory {

  private static volatile @Nullable GatedDriver last;

  @Override
  public String name() {
    return "gated";
  }

  @Override
  public StorageDriver create(DriverParameters parameters) {
    GatedDriver driver = new GatedDriver();
    last = driver;
    return driver;
  }

  /** The one that the server under test uses. */
  static GatedDriver lastMade() {
    return Objects.requireNonNull(last);
  }
}
