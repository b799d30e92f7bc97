package dev.cistern.server.fault;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** What the upstream has: a repository with a tag, its manifest, a large and a small blob. */
final class Sample {

  static final String REPOSITORY = "library/app";
  static final String TAG = "latest";
  static final MediaType TYPE = MediaType.OCI_MANIFEST;

  /** Large: most of it is on its way to the client before all of it is verified. */
  static final byte[] BLOB = bytes(300_000, 1);

  /** Small: all of it is verified before the client gets any. */
  static final byte[] SMALL_BLOB = bytes(2_000, 2);

  static final byte[] MANIFEST =
      """
      {  "schemaVersion": 2, "mediaType": "%s",
         "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                    "digest": "%s", "size": %d},
         "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                     "digest": "%s", "size": %d}] }
      """
          .formatted(
              TYPE.value(),
              Digest.sha256(SMALL_BLOB),
              SMALL_BLOB.length,
              Digest.sha256(BLOB),
              BLOB.length)
          .getBytes(StandardCharsets.UTF_8);

  private Sample() {}

  /** Bytes that look like nothing else; a different seed gives different ones. */
  static byte[] bytes(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static String manifestPath(Object reference) {
    return "/v2/" + REPOSITORY + "/manifests/" + reference;
  }

  static String blobPath(byte[] blob) {
    return "/v2/" + REPOSITORY + "/blobs/" + Digest.sha256(blob);
  }

  /**
   * Puts everything into storage, as an earlier pull would have.
   *
   * @param scratch a directory for files on their way
   */
  static void store(StorageDriver driver, Path scratch) throws IOException {
    try {
      ContentStore store = new ContentStore(driver);
      RepositoryName repository = RepositoryName.parse(REPOSITORY);
      Digest digest = Digest.sha256(MANIFEST);
      store.publishManifest(
          repository, new StoredManifest(digest, TYPE, ByteBuffer.wrap(MANIFEST)));
      store.tag(repository, Tag.parse(TAG), digest);
      for (byte[] blob : new byte[][] {BLOB, SMALL_BLOB}) {
        Path file = Files.write(Files.createTempFile(scratch, "blob", ""), blob);
        store.publishBlob(repository, Digest.sha256(blob), file);
      }
    } catch (RegistryException e) {
      throw new IllegalStateException(e);
    }
  }
}
