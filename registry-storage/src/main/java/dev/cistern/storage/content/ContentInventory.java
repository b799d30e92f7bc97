package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StoredObject;
import dev.cistern.storage.SupportsFileChannel;
import dev.cistern.storage.SupportsFreeSpace;
import dev.cistern.storage.SupportsTouch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What a {@link ContentStore} over the same driver keeps, to be counted and thrown away: the bytes
 * of blobs and manifests alike, whichever repositories link to them.
 *
 * <p>Deleting bytes leaves links that lead nowhere. They are harmless, as the store takes them for
 * absence, and {@link #removeDangling} takes them away later. Threads, absence and failure are as
 * in {@link ContentStore}; there is no state here either.
 */
public final class ContentInventory {

  private final StorageDriver driver;
  private final ContentStore store;
  private final Links links;

  public ContentInventory(StorageDriver driver) {
    this.driver = driver;
    this.store = new ContentStore(driver);
    this.links = new Links(driver);
  }

  /**
   * All bytes that are stored, in no order, read from the back-end as the stream is consumed. The
   * caller closes it. A failure on the way is an {@link UncheckedIOException} from the stream.
   */
  public Stream<BlobStat> blobs() throws IOException {
    return driver
        .list(DistributionLayout.BLOBS)
        .flatMap(
            stat ->
                DistributionLayout.blobDigest(stat.key()).stream()
                    .map(digest -> new BlobStat(digest, stat.size(), stat.modified())));
  }

  /** What is known of the bytes of one digest; empty when they are not here. */
  public Optional<BlobStat> blob(Digest digest) throws IOException {
    return driver
        .stat(DistributionLayout.blob(digest))
        .map(stat -> new BlobStat(digest, stat.size(), stat.modified()));
  }

  /**
   * Opens the bytes as they are, for whoever looks at them and serves them to nobody; empty when
   * they are not here. The caller closes it.
   */
  public Optional<StoredObject> open(Digest digest) throws IOException {
    return driver.open(DistributionLayout.blob(digest));
  }

  /** Removes the bytes; it is fine if they are not here. */
  public void delete(Digest digest) throws IOException {
    driver.delete(DistributionLayout.blob(digest));
  }

  /**
   * Whether bytes that are deleted stay readable for those who have opened them, for certain. What
   * is open must not be deleted otherwise.
   */
  public boolean outlivesDeletion() {
    return driver instanceof SupportsFileChannel;
  }

  /**
   * Writes down when the bytes were last used, as {@link BlobStat#modified}, where the driver can
   * do that.
   */
  public void touch(Digest digest, Instant time) throws IOException {
    if (driver instanceof SupportsTouch touching) {
      touching.touch(DistributionLayout.blob(digest), time);
    }
  }

  /** How many more bytes fit into the back-end; empty when it cannot say. */
  public OptionalLong freeSpace() throws IOException {
    return driver instanceof SupportsFreeSpace limited
        ? OptionalLong.of(limited.freeSpace())
        : OptionalLong.empty();
  }

  /**
   * Removes a repository's links to bytes that are not here, its tags that name such a manifest,
   * and the repository when nothing is left of it. May run beside everything else: a link whose
   * bytes come back in that very moment is there in the end.
   *
   * @param known which bytes are here for certain, so that the back-end need not be asked; may
   *     answer false when in doubt
   * @return how many links and tags have gone
   */
  public int removeDangling(RepositoryName repository, Predicate<Digest> known) throws IOException {
    int removed = 0;
    for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
      removed += removeLayerLinks(repository, algorithm, known);
      removed += removeRevisions(repository, algorithm, known);
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
          driver.delete(DistributionLayout.revisionMediaType(repository, digest.get()));
        }
        removed += gone;
      }
    }
    return removed;
  }

  private boolean isHere(Digest digest, Predicate<Digest> known) throws IOException {
    return known.test(digest) || blob(digest).isPresent();
  }

  /**
   * Bytes come before their link, and a link that is there is not written again: so whoever deletes
   * one looks once more for bytes that came in between, and puts it back.
   */
  private int removeLink(String link, Digest digest) throws IOException {
    driver.delete(link);
    if (blob(digest).isEmpty()) {
      return 1;
    }
    links.ensure(link, digest);
    return 0;
  }

  /** Takes away what other programs leave: places for links, without any. */
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
    // Nothing has this name: but a driver that has directories sees now that one is empty.
    driver.delete(prefix + "/none");
  }

  private List<String> children(String prefix) throws IOException {
    try (Stream<String> children = driver.children(prefix)) {
      return children.toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
