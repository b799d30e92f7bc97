package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.SupportsAdoption;
import dev.cistern.storage.SupportsFileChannel;
import dev.cistern.storage.SupportsSignedUrls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores the content of a registry with any storage driver: each blob and manifest once, links that
 * say which repository may serve them, and tags. It can use a data directory of CNCF Distribution's
 * registry, and Distribution can read what this class writes.
 *
 * <p>Content is published in an order in which no name refers to missing content: first the bytes,
 * durably, then the link, then the tag. Content stored by other programs may still be corrupt (a
 * truncated copy, an old crash). Corruption that is cheap to detect is logged, treated as absent
 * and repaired by the next publication: an empty file that should not be empty, a link without a
 * digest, a manifest whose bytes have another digest. Blobs are not hashed when they are read.
 *
 * <p>Every method blocks as its driver does, and any number of threads may call it. This class has
 * no state: several stores, also in several processes, may use one back-end. Absence is an empty
 * result; a failing back-end is an {@link IOException}, never absence. The caller that made the
 * driver closes it.
 */
public final class ContentStore {

  private static final Logger LOG = LoggerFactory.getLogger(ContentStore.class);

  private final StorageDriver driver;
  private final Links links;
  private final StoredManifests manifests;
  private final Catalog catalog;
  private final ContentMemory memory;

  /** Makes a store of the driver's content. The caller closes the driver. */
  public ContentStore(StorageDriver driver) {
    this(driver, ContentMemory.UNBOUNDED);
  }

  /**
   * As above.
   *
   * @param memory for the manifests and lists that are read
   */
  public ContentStore(StorageDriver driver, ContentMemory memory) {
    this.driver = driver;
    this.memory = memory;
    this.links = new Links(driver);
    this.manifests = new StoredManifests(driver, links, memory);
    this.catalog = new Catalog(driver, links);
  }

  /**
   * Opens a blob; empty unless it is stored and the repository has a link to it. The caller closes
   * it.
   */
  public Optional<StoredBlob> blob(RepositoryName repository, Digest digest) throws IOException {
    return blob(repository, digest, ObjectRange.ALL);
  }

  /**
   * As above.
   *
   * @param range what the caller is going to read; see {@link StorageDriver#open}
   */
  public Optional<StoredBlob> blob(RepositoryName repository, Digest digest, ObjectRange range)
      throws IOException {
    if (!links.present(DistributionLayout.layerLink(repository, digest))) {
      return Optional.empty();
    }
    Optional<StoredBlob> blob = openBlob(digest, range);
    if (blob.isPresent() && torn(digest, blob.get().size())) {
      blob.get().close();
      return Optional.empty();
    }
    return blob;
  }

  /**
   * The size of a blob; empty unless it is stored and the repository has a link to it. Does not
   * open it.
   */
  public OptionalLong blobSize(RepositoryName repository, Digest digest) throws IOException {
    if (!links.present(DistributionLayout.layerLink(repository, digest))) {
      return OptionalLong.empty();
    }
    Optional<ObjectStat> stat = driver.stat(DistributionLayout.blob(digest));
    return stat.isPresent() && !torn(digest, stat.get().size())
        ? OptionalLong.of(stat.get().size())
        : OptionalLong.empty();
  }

  /**
   * A URL from which a client can get a blob; empty unless it is stored, the repository has a link
   * to it, and the driver can make such URLs. Does not open it.
   *
   * @param leastSize a smaller blob has no URL
   * @param validity how long a client may begin to read
   */
  public Optional<URI> blobUrl(
      RepositoryName repository, Digest digest, long leastSize, Duration validity)
      throws IOException {
    if (!(driver instanceof SupportsSignedUrls urls)) {
      return Optional.empty();
    }
    OptionalLong size = blobSize(repository, digest);
    return size.isPresent() && size.getAsLong() >= leastSize
        ? Optional.of(urls.signedUrl(DistributionLayout.blob(digest), validity))
        : Optional.empty();
  }

  /** Whether the content is stored, for any repository. */
  public boolean holds(Digest digest) throws IOException {
    Optional<ObjectStat> stat = driver.stat(DistributionLayout.blob(digest));
    return stat.isPresent() && !torn(digest, stat.get().size());
  }

  /**
   * Allows the repository to serve a blob. The caller has checked that the blob is stored and that
   * the repository's upstream has it.
   */
  public void link(RepositoryName repository, Digest digest) throws IOException {
    links.ensure(DistributionLayout.layerLink(repository, digest), digest);
  }

  /**
   * Stores a blob and links it. The caller has checked that the file's bytes have this digest and
   * has closed the file.
   *
   * <p>The file no longer exists when this returns. If this fails, the file still belongs to the
   * caller, unless its bytes were stored and only the link failed.
   */
  public void publishBlob(RepositoryName repository, Digest digest, Path verifiedFile)
      throws IOException {
    String key = DistributionLayout.blob(digest);
    long size = Files.size(verifiedFile);
    Optional<ObjectStat> stored = driver.stat(key);
    if (stored.isPresent() && stored.get().size() == size) {
      // Another fetch or another process stored it first.
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
   * Stores a blob of another store and links it. The caller has checked its bytes, and closes it.
   */
  public void publishBlob(RepositoryName repository, StoredBlob verified) throws IOException {
    String key = DistributionLayout.blob(verified.digest());
    Optional<ObjectStat> stored = driver.stat(key);
    if (stored.isEmpty() || stored.get().size() != verified.size()) {
      driver.put(key, ObjectBody.of(verified.size(), verified::read));
    }
    link(repository, verified.digest());
  }

  /**
   * Reads a manifest; empty unless it is stored, has this digest, and the repository has a link to
   * it.
   */
  public Optional<StoredManifest> manifest(RepositoryName repository, Digest digest)
      throws IOException {
    return manifests.read(repository, digest);
  }

  /**
   * Whether {@link #manifest} would find the manifest, if its bytes are right. Does not read it.
   */
  public boolean holdsManifest(RepositoryName repository, Digest digest) throws IOException {
    return links.present(DistributionLayout.revisionLink(repository, digest)) && holds(digest);
  }

  /**
   * Stores a manifest and links it. Replaces corrupt bytes that may be stored.
   *
   * @throws IllegalArgumentException if the body has another digest; then nothing is stored
   */
  public void publishManifest(RepositoryName repository, StoredManifest manifest)
      throws IOException {
    manifests.publish(repository, manifest);
  }

  /** The digest of the list of a manifest's referrers. The list itself may not be stored. */
  public Optional<Digest> referrers(RepositoryName repository, Digest subject) throws IOException {
    return links.target(DistributionLayout.referrersLink(repository, subject));
  }

  /** When the list of a manifest's referrers was last set; empty if it is not stored. */
  public Optional<Instant> referrersTime(RepositoryName repository, Digest subject)
      throws IOException {
    return driver
        .stat(DistributionLayout.referrersLink(repository, subject))
        .map(ObjectStat::modified);
  }

  /**
   * Reads the list of a manifest's referrers, an OCI image index; empty unless it is stored and has
   * the digest in its link.
   */
  public Optional<byte[]> referrersList(RepositoryName repository, Digest subject)
      throws IOException {
    Optional<Digest> digest = referrers(repository, subject);
    if (digest.isEmpty()) {
      return Optional.empty();
    }
    String key = DistributionLayout.blob(digest.get());
    Optional<byte[]> body = SmallObject.read(driver, key, StoredManifests.LARGEST, memory);
    if (body.isPresent() && !Digest.of(digest.get().algorithm(), body.get()).equals(digest.get())) {
      LOG.warn("Ignored the corrupt list of referrers {}; it will be fetched again", key);
      return Optional.empty();
    }
    return body;
  }

  /**
   * Stores the list of a manifest's referrers. It replaces an earlier one, also if that list has
   * corrupt bytes. An unchanged list only gets a new time.
   *
   * @param list an OCI image index with this digest
   */
  public void publishReferrers(
      RepositoryName repository, Digest subject, Digest digest, byte[] list) throws IOException {
    if (!Digest.of(digest.algorithm(), list).equals(digest)) {
      throw new IllegalArgumentException("cannot store a list of referrers: wrong digest");
    }
    driver.put(DistributionLayout.blob(digest), ObjectBody.of(list));
    links.write(DistributionLayout.referrersLink(repository, subject), digest);
  }

  /** The digest that the tag was last set to. The manifest itself may not be stored. */
  public Optional<Digest> tag(RepositoryName repository, Tag tag) throws IOException {
    return links.target(DistributionLayout.tagCurrentLink(repository, tag));
  }

  /** When the tag was last set; empty if it is not stored. */
  public Optional<Instant> tagTime(RepositoryName repository, Tag tag) throws IOException {
    return driver
        .stat(DistributionLayout.tagCurrentLink(repository, tag))
        .map(ObjectStat::modified);
  }

  /** Sets the tag to the digest. The caller has published the manifest before. */
  public void tag(RepositoryName repository, Tag tag, Digest digest) throws IOException {
    links.ensure(DistributionLayout.tagIndexLink(repository, tag, digest), digest);
    String current = DistributionLayout.tagCurrentLink(repository, tag);
    if (!links.target(current).equals(Optional.of(digest))) {
      links.write(current, digest);
    }
  }

  /** Removes the tag and its history, if it exists. Manifests are kept. */
  public void untag(RepositoryName repository, Tag tag) throws IOException {
    driver.delete(List.of(DistributionLayout.tagCurrentLink(repository, tag)));
    try (Stream<ObjectStat> rest = driver.list(DistributionLayout.tag(repository, tag))) {
      driver.delete(rest.map(ObjectStat::key).toList());
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** The repository's tags, in lexical order. */
  public List<Tag> tags(RepositoryName repository) throws IOException {
    return catalog.tags(repository);
  }

  /**
   * Some of the repository's tags, in lexical order. Reads the names of all tags, but looks only at
   * those that it returns.
   *
   * @param containing a part of their names; empty for all
   * @param after the tags come after this name, which need not exist; empty for the first
   * @param most how many to return at most
   */
  public List<Tag> tags(RepositoryName repository, String containing, String after, int most)
      throws IOException {
    return catalog.tags(repository, containing, after, most);
  }

  /** About how many tags the repository has: those that a crash left incomplete count, too. */
  public long countTags(RepositoryName repository) throws IOException {
    return catalog.countTags(repository);
  }

  /** The repositories that have links, in lexical order. */
  public List<RepositoryName> repositories() throws IOException {
    return catalog.repositories();
  }

  /**
   * The first repositories that have links, in lexical order. Lists only the directories that are
   * needed for them.
   *
   * @param after the repositories come after this name, which need not exist; empty for the first
   * @param most how many to return at most
   */
  public List<RepositoryName> repositories(String after, int most) throws IOException {
    return catalog.repositories(after, most);
  }

  /**
   * The directory from which {@link #publishBlob} stores files without a copy; empty if the driver
   * has no such directory.
   */
  public Optional<Path> spoolDirectory() {
    return driver instanceof SupportsAdoption adopting
        ? Optional.of(adopting.spoolDirectory())
        : Optional.empty();
  }

  private Optional<StoredBlob> openBlob(Digest digest, ObjectRange range) throws IOException {
    String key = DistributionLayout.blob(digest);
    if (driver instanceof SupportsFileChannel channels) {
      Optional<FileChannel> channel = channels.openChannel(key);
      return channel.isEmpty()
          ? Optional.empty()
          : Optional.of(ChannelBlob.over(digest, channel.get()));
    }
    return driver.open(key, range).map(object -> new ObjectBlob(digest, object));
  }

  /** A crash before the bytes were forced to disk may leave an empty file. */
  private static boolean torn(Digest digest, long size) {
    boolean torn = size == 0 && !digest.equals(Digest.of(digest.algorithm(), new byte[0]));
    if (torn) {
      LOG.warn(
          "Ignored the corrupt blob {}: it is empty; it will be fetched again",
          DistributionLayout.blob(digest));
    }
    return torn;
  }
}
