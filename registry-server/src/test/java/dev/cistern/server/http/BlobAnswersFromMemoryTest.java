package dev.cistern.server.http;

import dev.cistern.server.config.StorageConfig;

/** The same, with storage whose content is in no file and has to be read piece by piece. */
class BlobAnswersFromMemoryTest extends BlobAnswersTest {

  @Override
  StorageConfig storage() {
    return RunningServer.inMemory();
  }
}
