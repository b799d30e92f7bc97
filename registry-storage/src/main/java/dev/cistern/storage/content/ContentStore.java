package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import dev.cistern.api.Manifest;
import dev.cistern.api.MediaType;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.SupportsAdoption;
import dev.cistern.storage.SupportsFileChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a registry keeps, over any storage driver: blobs and manifests once, links that say which
 * repository may serve them, and tags. A data directory of CNCF Distribution's registry is read as
 * it stands, and what is written here Distribution reads.
 *
 * <p>What is published becomes visible in an order in which no name ever leads to nothing: first
 * the bytes, durable, then the link, then the tag. Content stored by other hands may still be
 * broken (a truncated copy, an old crash). What can be seen to be broken at the price of a look
 * counts as absent, is logged, and is replaced by the next publication: an empty file that should
 * not be empty, a link that holds no digest, a manifest whose bytes have another digest. Blobs are
 * not hashed when they are read.
 *
 * <p>Every method blocks as its driver does, and may be called by any number of threads. There is
 * no state here: several stores, also in several processes, may work over one back-end. Absence is
 * an empty answer; a failing back-end is an {@link IOException}, never absence. The driver belongs
 * to whoever made it and is not closed here.
 */
public final class ContentStore {

  private static final Logger LOG = LoggerFactory.getLogger(ContentStore.class);

  /** Far beyond what any client sends or takes, so that a wrong file cannot fill the memory. */
  private static final int LARGEST_MANIFEST = 64 << 20;

  private final StorageDriver driver;
  private final Links links;
  private final Names names;

  public ContentStore(StorageDriver driver) {
    this.driver = driver;
    this.links = new Links(driver);
    this.names = new Names(driver, links);
  }

  /**
   * Opens a blob; empty unless the repository has a link to it and its bytes are here. The caller
   * closes it.
   */
  public Optional<StoredBlob> blob(RepositoryName repository, Digest digest) throws IOException {
    if (!links.present(DistributionLayout.layerLink(repository, digest))) {
      return Optional.empty();
    }
    Optional<StoredBlob> blob = openBlob(digest);
    if (blob.isPresent() && torn(digest, blob.get().size())) {
      blob.get().close();
      return Optional.empty();
    }
    return blob;
  }

  /** Whether the bytes are here, whichever repository they came for. */
  public boolean holds(Digest digest) throws IOException {
    Optional<ObjectStat> stat = driver.stat(DistributionLayout.blob(digest));
    return stat.isPresent() && !torn(digest, stat.get().size());
  }

  /**
   * Lets the repository serve a blob. The caller has made sure that the bytes are here, and that
   * the repository's upstream has the blob.
   */
  public void link(RepositoryName repository, Digest digest) throws IOException {
    links.ensure(DistributionLayout.layerLink(repository, digest), digest);
  }

  /**
   * Stores a blob and links it. The caller has checked that the file's bytes have this digest, and
   * has closed it.
   *
   * <p>The file is consumed: gone when this returns. When this fails the file is still the
   * caller's, unless its bytes are stored already and only the link failed.
   */
  public void publishBlob(RepositoryName repository, Digest digest, Path verifiedFile)
      throws IOException {
    String key = DistributionLayout.blob(digest);
    long size = Files.size(verifiedFile);
    Optional<ObjectStat> stored = driver.stat(key);
    if (stored.isPresent() && stored.get().size() == size) {
      // Another fetch, or another process, was first.
      Files.deleteIfExists(verifiedFile);
    } else if (driver instanceof SupportsAdoption adopting) {
      adopting.adopt(verifiedFile, key);
    } else {
      driver.put(key, ObjectBody.of(verifiedFile));
      Files.deleteIfExists(verifiedFile);
    }
    link(repository, digest);
  }

  /**
   * Reads a manifest; empty unless the repository has a link to it and its bytes are here and have
   * this digest.
   */
  public Optional<StoredManifest> manifest(RepositoryName repository, Digest digest)
      throws IOException {
    if (!links.present(DistributionLayout.revisionLink(repository, digest))) {
      return Optional.empty();
    }
    String key = DistributionLayout.blob(digest);
    Optional<byte[]> body = SmallObject.read(driver, key, LARGEST_MANIFEST);
    if (body.isEmpty()) {
      return Optional.empty();
    }
    Digest actual = Digest.of(digest.algorithm(), body.get());
    if (!actual.equals(digest)) {
      LOG.warn("{} has the digest {}: it counts as absent and will be fetched again", key, actual);
      return Optional.empty();
    }
    MediaType mediaType = mediaType(repository, digest, body.get());
    return Optional.of(StoredManifest.of(digest, mediaType, body.get()));
  }

  /**
   * Stores a manifest and links it, in place of wrong bytes that may be there.
   *
   * @throws IllegalArgumentException when the body has another digest; nothing is stored then
   */
  public void publishManifest(RepositoryName repository, StoredManifest manifest)
      throws IOException {
    Digest digest = manifest.digest();
    byte[] body = manifest.bytes();
    Digest actual = Digest.of(digest.algorithm(), body);
    if (!actual.equals(digest)) {
      throw new IllegalArgumentException(
          "manifest " + digest + " of " + repository + " has the digest " + actual);
    }
    driver.put(DistributionLayout.blob(digest), ObjectBody.of(body));
    String mediaTypeKey = DistributionLayout.revisionMediaType(repository, digest);
    if (manifest.mediaType().equals(declared(body))) {
      driver.delete(mediaTypeKey);
    } else {
      driver.put(
          mediaTypeKey,
          ObjectBody.of(manifest.mediaType().value().getBytes(StandardCharsets.US_ASCII)));
    }
    links.ensure(DistributionLayout.revisionLink(repository, digest), digest);
  }

  /** What the tag named when it was last written. That the manifest is here too is not promised. */
  public Optional<Digest> tag(RepositoryName repository, Tag tag) throws IOException {
    return links.target(DistributionLayout.tagCurrentLink(repository, tag));
  }

  /** When the tag's current meaning was written down; empty when it has none. */
  public Optional<Instant> tagTime(RepositoryName repository, Tag tag) throws IOException {
    return driver
        .stat(DistributionLayout.tagCurrentLink(repository, tag))
        .map(ObjectStat::modified);
  }

  /** Makes the tag name the digest. The caller has published the manifest before. */
  public void tag(RepositoryName repository, Tag tag, Digest digest) throws IOException {
    links.ensure(DistributionLayout.tagIndexLink(repository, tag, digest), digest);
    String current = DistributionLayout.tagCurrentLink(repository, tag);
    if (!links.target(current).equals(Optional.of(digest))) {
      links.write(current, digest);
    }
  }

  /** Forgets the tag, and what it named before; it is fine if there is none. Manifests stay. */
  public void untag(RepositoryName repository, Tag tag) throws IOException {
    driver.delete(DistributionLayout.tagCurrentLink(repository, tag));
    try (Stream<ObjectStat> rest = driver.list(DistributionLayout.tag(repository, tag))) {
      for (ObjectStat stat : (Iterable<ObjectStat>) rest::iterator) {
        driver.delete(stat.key());
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** The repository's tags, in lexical order. */
  public List<Tag> tags(RepositoryName repository) throws IOException {
    return names.tags(repository);
  }

  /** The repositories that something is linked in, in lexical order. */
  public List<RepositoryName> repositories() throws IOException {
    return names.repositories();
  }

  /**
   * Where to write files that {@link #publishBlob} takes over without a copy; empty when the driver
   * has no such place.
   */
  public Optional<Path> spoolDirectory() {
    return driver instanceof SupportsAdoption adopting
        ? Optional.of(adopting.spoolDirectory())
        : Optional.empty();
  }

  private Optional<StoredBlob> openBlob(Digest digest) throws IOException {
    String key = DistributionLayout.blob(digest);
    if (driver instanceof SupportsFileChannel channels) {
      Optional<FileChannel> channel = channels.openChannel(key);
      return channel.isEmpty()
          ? Optional.empty()
          : Optional.of(ChannelBlob.over(digest, channel.get()));
    }
    return driver.open(key).map(object -> new ObjectBlob(digest, object));
  }

  /** An empty file under the digest of something is what a crash without forced writes leaves. */
  private static boolean torn(Digest digest, long size) {
    boolean torn = size == 0 && !digest.equals(Digest.of(digest.algorithm(), new byte[0]));
    if (torn) {
      LOG.warn(
          "{} is empty: it counts as absent and will be fetched again",
          DistributionLayout.blob(digest));
    }
    return torn;
  }

  private MediaType mediaType(RepositoryName repository, Digest digest, byte[] body)
      throws IOException {
    String key = DistributionLayout.revisionMediaType(repository, digest);
    Optional<String> said = SmallObject.readLine(driver, key);
    if (said.isPresent()) {
      try {
        return new MediaType(said.get());
      } catch (IllegalArgumentException e) {
        LOG.warn("{} holds no media type: going by the manifest itself", key, e);
      }
    }
    return declared(body);
  }

  /** What the manifest says of itself; a body that is none is served all the same, as bytes. */
  private static MediaType declared(byte[] body) {
    try {
      return Manifest.read(body).mediaType();
    } catch (RegistryException e) {
      LOG.debug("a stored manifest cannot be read", e);
      return MediaType.OCTET_STREAM;
    }
  }
}
