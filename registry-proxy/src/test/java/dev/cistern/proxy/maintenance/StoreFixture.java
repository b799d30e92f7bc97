package dev.cistern.proxy.maintenance;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/** Fills a store, and damages its content. */
final class StoreFixture {

  private final StorageDriver driver;
  final ContentStore store;
  final ContentInventory inventory;

  StoreFixture(StorageDriver driver) {
    this.driver = driver;
    store = new ContentStore(driver);
    inventory = new ContentInventory(driver);
  }

  Digest blob(RepositoryName repository, int size) throws IOException {
    byte[] content = Samples.bytes(size);
    Path file = Files.write(Files.createTempFile("blob", ""), content);
    Digest digest = Digest.sha256(content);
    store.publishBlob(repository, digest, file);
    return digest;
  }

  Digest blob(RepositoryName repository, int size, Instant lastUse) throws IOException {
    Digest digest = blob(repository, size);
    inventory.touch(digest, lastUse);
    return digest;
  }

  Digest image(RepositoryName repository, Tag tag) throws IOException {
    byte[] body = Samples.manifest(repository + ":" + tag);
    Digest digest = Digest.sha256(body);
    store.publishManifest(repository, StoredManifest.of(digest, MediaType.OCI_MANIFEST, body));
    store.tag(repository, tag, digest);
    return digest;
  }

  boolean holds(Digest digest) throws IOException {
    return inventory.blob(digest).isPresent();
  }

  void overwrite(Digest digest, byte[] content) throws IOException {
    driver.put(key(digest), ObjectBody.of(content));
  }

  static String key(Digest digest) {
    String hex = digest.hex();
    return "docker/registry/v2/blobs/sha256/" + hex.substring(0, 2) + "/" + hex + "/data";
  }
}
