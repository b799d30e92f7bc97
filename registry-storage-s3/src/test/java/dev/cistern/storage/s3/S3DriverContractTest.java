package dev.cistern.storage.s3;

import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.contract.StorageDriverContract;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;

class S3DriverContractTest extends StorageDriverContract {

  @RegisterExtension private final Bucket bucket = new Bucket();

  @Override
  protected StorageDriver createDriver() throws IOException {
    return bucket.open(Map.of("rootdirectory", "/cache"));
  }

  /** More than there are connections. */
  @Override
  protected int unreadListings() {
    return 150;
  }
}
