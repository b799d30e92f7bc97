package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import dev.cistern.api.Manifest;
import dev.cistern.api.MediaType;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.StorageDriver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads and writes manifests. Their bytes are stored as a blob's are. The media type that the
 * upstream has sent is stored only where the manifest does not declare the same. Thread-safe.
 */
final class StoredManifests {

  private static final Logger LOG = LoggerFactory.getLogger(StoredManifests.class);

  /** Far more than any client accepts, so that a wrong file cannot fill the memory. */
  static final int LARGEST = 64 << 20;

  private final StorageDriver driver;
  private final Links links;
  private final ContentMemory memory;

  StoredManifests(StorageDriver driver, Links links, ContentMemory memory) {
    this.driver = driver;
    this.links = links;
    this.memory = memory;
  }

  /** As {@link ContentStore#manifest}. */
  Optional<StoredManifest> read(RepositoryName repository, Digest digest) throws IOException {
    if (!links.present(DistributionLayout.revisionLink(repository, digest))) {
      return Optional.empty();
    }
    String key = DistributionLayout.blob(digest);
    Optional<byte[]> body = SmallObject.read(driver, key, LARGEST, memory);
    if (body.isEmpty()) {
      return Optional.empty();
    }
    Digest actual = Digest.of(digest.algorithm(), body.get());
    if (!actual.equals(digest)) {
      LOG.warn(
          "Ignored the corrupt manifest {}: its bytes have the digest {}; it will be fetched again",
          key,
          actual);
      return Optional.empty();
    }
    MediaType mediaType = mediaType(repository, digest, body.get());
    return Optional.of(StoredManifest.of(digest, mediaType, body.get()));
  }

  /** As {@link ContentStore#publishManifest}. */
  void publish(RepositoryName repository, StoredManifest manifest) throws IOException {
    Digest digest = manifest.digest();
    byte[] body = manifest.bytes();
    Digest actual = Digest.of(digest.algorithm(), body);
    if (!actual.equals(digest)) {
      throw new IllegalArgumentException(
          "cannot store manifest "
              + digest
              + " of "
              + repository
              + ": its bytes have the digest "
              + actual);
    }
    driver.put(DistributionLayout.blob(digest), ObjectBody.of(body));
    String mediaTypeKey = DistributionLayout.revisionMediaType(repository, digest);
    if (manifest.mediaType().equals(declared(body))) {
      driver.delete(List.of(mediaTypeKey));
    } else {
      driver.put(
          mediaTypeKey,
          ObjectBody.of(manifest.mediaType().value().getBytes(StandardCharsets.US_ASCII)));
    }
    links.ensure(DistributionLayout.revisionLink(repository, digest), digest);
  }

  private MediaType mediaType(RepositoryName repository, Digest digest, byte[] body)
      throws IOException {
    String key = DistributionLayout.revisionMediaType(repository, digest);
    Optional<String> stored = SmallObject.readLine(driver, key);
    if (stored.isPresent()) {
      try {
        return new MediaType(stored.get());
      } catch (IllegalArgumentException e) {
        LOG.warn("Ignored {}: it has no valid media type; using the manifest's own", key, e);
      }
    }
    return declared(body);
  }

  /** The type that the manifest declares. Bytes that are not a manifest are served as such. */
  private static MediaType declared(byte[] body) {
    try {
      return Manifest.scan(ByteBuffer.wrap(body), blob -> {});
    } catch (RegistryException e) {
      LOG.debug("Cannot parse a stored manifest; its media type is unknown", e);
      return MediaType.OCTET_STREAM;
    }
  }
}
