package dev.cistern.server.http;

import dev.cistern.server.config.StorageConfig;

/** The same, with storage that has no files to move spooled blobs into. */
class FollowingWithMemoryStorageTest extends FollowingTest {

  @Override
  StorageConfig storage() {
    return RunningServer.inMemory();
  }
}
