package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageTrait;
import dev.cistern.storage.StoredObject;
import dev.cistern.storage.SupportsFreeSpace;
import dev.cistern.storage.SupportsTouch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Lists and deletes the content of a {@link ContentStore} with the same driver: blobs and
 * manifests, whichever repositories link to them.
 *
 * <p>Deleting content leaves dangling links. They are harmless, because the store treats such
 * content as absent; {@link #removeDangling} removes them later. Threading, absence and failure are
 * as in {@link ContentStore}; this class has no state either.
 */
public final class ContentInventory {

  private final StorageDriver driver;
  private final ContentStore store;
  private final Links links;
  private final UseMarkers markers;

  /** Makes an inventory of the driver's content. The caller closes the driver. */
  public ContentInventory(StorageDriver driver) {
    this.driver = driver;
    this.store = new ContentStore(driver);
    this.links = new Links(driver);
    this.markers = new UseMarkers(driver);
  }

  /**
   * All content that is stored, in any order, listed while the stream is consumed. The caller
   * closes the stream. If the back-end fails, the stream throws {@link UncheckedIOException}.
   */
  public Stream<BlobStat> blobs() throws IOException {
    return driver
        .list(DistributionLayout.BLOBS)
        .flatMap(
            stat ->
                DistributionLayout.blobDigest(stat.key()).stream()
                    .map(digest -> new BlobStat(digest, stat.size(), stat.modified())));
  }

  /** The metadata of the content with this digest; empty if it is not stored. */
  public Optional<BlobStat> blob(Digest digest) throws IOException {
    return driver
        .stat(DistributionLayout.blob(digest))
        .map(stat -> new BlobStat(digest, stat.size(), stat.modified()));
  }

  /**
   * Opens the content without any check, for inspection and not for clients; empty if it is not
   * stored. The caller closes it.
   */
  public Optional<StoredObject> open(Digest digest) throws IOException {
    return driver.open(DistributionLayout.blob(digest), ObjectRange.ALL);
  }

  /**
   * Removes a repository's links to content, and its list of the content's referrers. The content
   * itself stays stored. Tags that name it stay as well: {@link ContentStore#untag} them first.
   */
  public void unlink(RepositoryName repository, Digest digest) throws IOException {
    driver.delete(
        List.of(
            DistributionLayout.revisionLink(repository, digest),
            DistributionLayout.revisionMediaType(repository, digest),
            DistributionLayout.layerLink(repository, digest),
            DistributionLayout.referrersLink(repository, digest)));
  }

  /** Deletes the content if it is stored, with the uses that {@link #renew} has stored. */
  public void delete(Digest digest) throws IOException {
    List<String> keys = new ArrayList<>();
    if (!(driver instanceof SupportsTouch)) {
      keys.addAll(markers.keys(digest));
    }
    keys.add(DistributionLayout.blob(digest));
    driver.delete(keys);
  }

  /**
   * Whether content that is open certainly stays readable after it was deleted. If not, open
   * content must not be deleted.
   */
  public boolean outlivesDeletion() {
    return driver.traits().contains(StorageTrait.READERS_OUTLIVE_DELETION);
  }

  /**
   * Stores when the content was last used, as {@link BlobStat#modified}, if the driver supports
   * that.
   */
  public void touch(Digest digest, Instant time) throws IOException {
    if (driver instanceof SupportsTouch touching) {
      touching.touch(DistributionLayout.blob(digest), time);
    }
  }

  /**
   * Stores that content is used now, in a way that every back-end supports, so that no other cache
   * evicts it: as {@link BlobStat#modified} if the driver can set that, else as a {@link BlobUse}.
   *
   * @param ttl for how long the caller keeps content after its last use; zero: forever
   */
  public void renew(Digest digest, Instant now, Duration ttl) throws IOException {
    if (driver instanceof SupportsTouch touching) {
      touching.touch(DistributionLayout.blob(digest), now);
    } else {
      markers.renew(digest, ttl);
    }
  }

  /**
   * The uses that caches have stored with {@link #renew}, in any order, listed while the stream is
   * consumed; of content that may be stored or not. The caller closes the stream. If the back-end
   * fails, the stream throws {@link UncheckedIOException}.
   */
  public Stream<BlobUse> uses() throws IOException {
    return driver instanceof SupportsTouch ? Stream.empty() : markers.all();
  }

  /** The uses of this content. */
  public List<BlobUse> uses(Digest digest) throws IOException {
    return driver instanceof SupportsTouch ? List.of() : markers.of(digest);
  }

  /** The free space of the back-end in bytes; empty if the driver does not know it. */
  public OptionalLong freeSpace() throws IOException {
    return driver instanceof SupportsFreeSpace limited
        ? OptionalLong.of(limited.freeSpace())
        : OptionalLong.empty();
  }

  /**
   * The content that a repository has links to, by the names of the links; it may be stored or not.
   * Opens no link.
   */
  public List<Digest> linked(RepositoryName repository) throws IOException {
    List<Digest> linked = new ArrayList<>();
    for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
      for (String prefix :
          List.of(
              DistributionLayout.layers(repository, algorithm),
              DistributionLayout.revisions(repository, algorithm))) {
        for (String hex : children(prefix)) {
          DistributionLayout.digest(algorithm.wireName(), hex).ifPresent(linked::add);
        }
      }
    }
    return linked;
  }

  /**
   * The repositories with a link or tag whose content is perhaps not stored. Lists all links at
   * once, which costs far fewer requests than to look at each repository.
   *
   * @param known true for content that is certainly stored
   */
  public Set<RepositoryName> lacking(Predicate<Digest> known) throws IOException {
    try (Stream<ObjectStat> objects = driver.list(DistributionLayout.REPOSITORIES)) {
      return objects
          .map(ObjectStat::key)
          .flatMap(key -> lacking(key, known).stream())
          .collect(Collectors.toCollection(LinkedHashSet::new));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static Optional<RepositoryName> lacking(String key, Predicate<Digest> known) {
    return DistributionLayout.repositoryOf(key)
        .filter(
            repository ->
                DistributionLayout.link(repository, key)
                    .flatMap(StoredLink::digest)
                    .filter(digest -> !known.test(digest))
                    .isPresent());
  }

  /**
   * Removes a repository's links to content that is not stored, its tags that name such a manifest,
   * its lists of referrers that are not stored or whose subject is not, and the repository itself
   * if nothing remains. Safe while the cache is in use: if content is stored again at the same
   * time, its link remains.
   *
   * @param known true for content that is certainly stored, which avoids a call to the back-end;
   *     false if that is not certain
   * @return the number of links and tags that were removed
   */
  public int removeDangling(RepositoryName repository, Predicate<Digest> known) throws IOException {
    int removed = 0;
    for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
      removed += removeLayerLinks(repository, algorithm, known);
      removed += removeRevisions(repository, algorithm, known);
      removed += removeReferrers(repository, algorithm, known);
    }
    for (Tag tag : store.tags(repository)) {
      Optional<Digest> target = store.tag(repository, tag);
      if (target.isPresent() && !isHere(target.get(), known)) {
        store.untag(repository, tag);
        if (blob(target.get()).isPresent() && store.tag(repository, tag).isEmpty()) {
          store.tag(repository, tag, target.get());
        } else {
          removed++;
        }
      }
    }
    for (String mark : DistributionLayout.marks(repository)) {
      removeEmpty(mark);
    }
    return removed;
  }

  private int removeLayerLinks(
      RepositoryName repository, DigestAlgorithm algorithm, Predicate<Digest> known)
      throws IOException {
    int removed = 0;
    for (String hex : children(DistributionLayout.layers(repository, algorithm))) {
      Optional<Digest> digest = DistributionLayout.digest(algorithm.wireName(), hex);
      if (digest.isPresent() && !isHere(digest.get(), known)) {
        removed += removeLink(DistributionLayout.layerLink(repository, digest.get()), digest.get());
      }
    }
    return removed;
  }

  private int removeRevisions(
      RepositoryName repository, DigestAlgorithm algorithm, Predicate<Digest> known)
      throws IOException {
    int removed = 0;
    for (String hex : children(DistributionLayout.revisions(repository, algorithm))) {
      Optional<Digest> digest = DistributionLayout.digest(algorithm.wireName(), hex);
      if (digest.isPresent() && !isHere(digest.get(), known)) {
        int gone =
            removeLink(DistributionLayout.revisionLink(repository, digest.get()), digest.get());
        if (gone > 0) {
          driver.delete(List.of(DistributionLayout.revisionMediaType(repository, digest.get())));
        }
        removed += gone;
      }
    }
    return removed;
  }

  private int removeReferrers(
      RepositoryName repository, DigestAlgorithm algorithm, Predicate<Digest> known)
      throws IOException {
    int removed = 0;
    for (String hex : children(DistributionLayout.referrers(repository, algorithm))) {
      Optional<Digest> subject = DistributionLayout.digest(algorithm.wireName(), hex);
      if (subject.isEmpty()) {
        continue;
      }
      Optional<Digest> list = store.referrers(repository, subject.get());
      if (list.isPresent() && !(isHere(list.get(), known) && isHere(subject.get(), known))) {
        // If both are stored again at this moment, the list is only fetched again.
        driver.delete(List.of(DistributionLayout.referrersLink(repository, subject.get())));
        removed++;
      }
    }
    return removed;
  }

  private boolean isHere(Digest digest, Predicate<Digest> known) throws IOException {
    return known.test(digest) || blob(digest).isPresent();
  }

  /**
   * Removes the link. Content is stored before its link, and an existing link is not written again.
   * So content may have been stored just before the link was deleted: then the link is restored.
   */
  private int removeLink(String link, Digest digest) throws IOException {
    driver.delete(List.of(link));
    if (blob(digest).isEmpty()) {
      return 1;
    }
    links.ensure(link, digest);
    return 0;
  }

  /** Removes directories without links, which other programs leave behind. */
  private void removeEmpty(String prefix) throws IOException {
    try (Stream<ObjectStat> objects = driver.list(prefix)) {
      if (objects.findAny().isPresent()) {
        return;
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    List<String> children = children(prefix);
    for (String child : children) {
      removeEmpty(prefix + "/" + child);
    }
    // No object has this name, but a driver with directories then removes an empty one.
    driver.delete(List.of(prefix + "/none"));
  }

  private List<String> children(String prefix) throws IOException {
    try (Stream<String> children = driver.children(prefix)) {
      return children.toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
