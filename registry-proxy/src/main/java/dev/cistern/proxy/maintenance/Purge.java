package dev.cistern.proxy.maintenance;

import dev.cistern.api.Digest;
import dev.cistern.api.Reference;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.internal.store.ContentOwners;
import dev.cistern.proxy.report.Failure;
import dev.cistern.proxy.report.Outcome;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.content.BlobStat;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Removes one tag, one digest or one repository from a store, whatever the limits say.
 *
 * <ul>
 *   <li>A tag: the tag, and the image that it names, unless another tag names it too.
 *   <li>The digest of a manifest: the manifest, all tags that name it, and its image.
 *   <li>The digest of a blob: the blob.
 *   <li>A repository: all its tags and content.
 * </ul>
 *
 * <p>The image is the manifest, the manifests that it lists and their blobs, without those that
 * other manifests of the repository need. Content that other repositories have stays stored for
 * them.
 *
 * <p>A running cache must be purged by {@code PullThroughCache.purge}, which also clears its
 * memory. When this runs beside a running cache, the cache goes on answering from memory for a
 * while. Names are removed before content, so that no name refers to missing content; a purge that
 * failed can be repeated. For one thread.
 */
public final class Purge {

  private final StorageDriver driver;
  private final ContentStore store;
  private final ContentInventory inventory;
  private final ContentRemoval removal;

  /**
   * Purges a store that no cache in this process uses.
   *
   * @param driver stays the caller's
   */
  public Purge(StorageDriver driver) {
    this(driver, (digest, size) -> delete(new ContentInventory(driver), digest));
  }

  /**
   * Purges a store.
   *
   * @param driver stays the caller's
   * @param removal deletes the content
   */
  public Purge(StorageDriver driver, ContentRemoval removal) {
    this.driver = driver;
    this.removal = removal;
    store = new ContentStore(driver);
    inventory = new ContentInventory(driver);
  }

  private static boolean delete(ContentInventory inventory, Digest digest) throws IOException {
    inventory.delete(digest);
    return true;
  }

  /**
   * Reports what would be removed, and removes nothing.
   *
   * @param reference a tag or a digest; empty for the whole repository
   * @throws IOException when storage cannot be read
   */
  public PurgeReport dryRun(RepositoryName repository, Optional<Reference> reference)
      throws IOException {
    Selection selection = select(repository, reference);
    ContentOwners owners = ContentOwners.of(selection.contents(), driver);
    List<PurgedContent> contents = new ArrayList<>();
    for (Digest digest : selection.contents()) {
      contents.add(
          new PurgedContent(
              digest,
              size(digest),
              owners.of(digest).stream().filter(owner -> !owner.equals(repository)).toList(),
              Outcome.LEFT));
    }
    return new PurgeReport(repository, selection.tags(), contents, List.of());
  }

  /**
   * Removes it.
   *
   * @param reference a tag or a digest; empty for the whole repository
   * @throws IOException when storage fails; some of it may be removed then
   */
  public PurgeReport run(RepositoryName repository, Optional<Reference> reference)
      throws IOException {
    Selection selection = select(repository, reference);
    for (Tag tag : selection.tags()) {
      store.untag(repository, tag);
    }
    for (Digest digest : selection.contents()) {
      inventory.unlink(repository, digest);
    }
    // A pull may have brought a link back meanwhile; then the content stays.
    ContentOwners owners = ContentOwners.of(selection.contents(), driver);
    List<PurgedContent> contents = new ArrayList<>();
    List<Failure> failures = new ArrayList<>();
    for (Digest digest : selection.contents()) {
      List<RepositoryName> elsewhere = owners.of(digest);
      long size = size(digest);
      Outcome outcome = Outcome.LEFT;
      try {
        if (elsewhere.isEmpty() && removal.remove(digest, size)) {
          outcome = Outcome.REMOVED;
        }
      } catch (IOException e) {
        failures.add(Failure.of(digest, e));
      }
      contents.add(new PurgedContent(digest, size, elsewhere, outcome));
    }
    return new PurgeReport(repository, selection.tags(), contents, failures);
  }

  private Selection select(RepositoryName repository, Optional<Reference> reference)
      throws IOException {
    RepositoryImages images = RepositoryImages.read(driver, repository);
    if (reference.isEmpty()) {
      return images.all();
    }
    return reference.get() instanceof Tag tag
        ? images.of(tag)
        : images.of((Digest) reference.get());
  }

  private long size(Digest digest) throws IOException {
    return inventory.blob(digest).map(BlobStat::size).orElse(0L);
  }

  /** What belongs to a name. */
  record Selection(List<Tag> tags, Set<Digest> contents) {}
}
