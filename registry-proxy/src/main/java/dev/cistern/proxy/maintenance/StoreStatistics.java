package dev.cistern.proxy.maintenance;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.internal.fetch.AbandonedTransfers;
import dev.cistern.proxy.internal.store.ContentOwners;
import dev.cistern.proxy.internal.store.Costs;
import dev.cistern.proxy.report.ContentUse;
import dev.cistern.proxy.report.DiskUsage;
import dev.cistern.proxy.report.UnfinishedTransfers;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.content.BlobStat;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.LinkInventory;
import dev.cistern.storage.content.StoredLink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What is in a store. Caches may have used it during the count.
 *
 * @param usage how much of the disk is used
 * @param free how many bytes are free in the back-end; empty when it cannot tell
 * @param unfinished unfinished transfers of caches that have ended; none for a remote store
 * @param counts the counts of blobs, manifests, repositories and tags
 * @param largest the largest contents, the largest first
 * @param oldest the least recently used contents, the oldest first
 */
public record StoreStatistics(
    DiskUsage usage,
    OptionalLong free,
    UnfinishedTransfers unfinished,
    Counts counts,
    List<KeptContent> largest,
    List<KeptContent> oldest) {

  /** Counts. */
  public record Counts(long blobs, long manifests, long repositories, long tags) {}

  public StoreStatistics {
    largest = List.copyOf(largest);
    oldest = List.copyOf(oldest);
  }

  /**
   * Counts the content of a store. Memory depends on the number of manifests, not of blobs.
   *
   * @param driver stays the caller's
   * @param top how many of the largest and oldest contents to return, zero or more
   * @throws IOException when storage cannot be listed
   */
  public static StoreStatistics of(StorageDriver driver, int top) throws IOException {
    return of(driver, digest -> Optional.empty(), top);
  }

  /**
   * Counts the content of a store that a running cache uses.
   *
   * @param uses tells when content was used last, as {@code PullThroughCache.use} does; what it
   *     does not know counts as used when storage says
   */
  public static StoreStatistics of(
      StorageDriver driver, Function<Digest, Optional<ContentUse>> uses, int top)
      throws IOException {
    return new Survey(driver, uses, top).run();
  }

  private static final class Survey {

    private final StorageDriver driver;
    private final Function<Digest, Optional<ContentUse>> uses;
    private final TopList<BlobStat> largest;
    private final TopList<BlobStat> oldest;
    private final Set<Digest> linkedAsManifest = new HashSet<>();
    private long repositories;
    private long tags;
    private long manifests;
    private long contents;
    private long bytes;

    Survey(StorageDriver driver, Function<Digest, Optional<ContentUse>> uses, int top) {
      this.driver = driver;
      this.uses = uses;
      Comparator<BlobStat> byDigest = Comparator.comparing(blob -> blob.digest().toString());
      largest =
          new TopList<>(
              top, Comparator.comparingLong(BlobStat::size).reversed().thenComparing(byDigest));
      oldest = new TopList<>(top, Comparator.comparing(BlobStat::modified).thenComparing(byDigest));
    }

    StoreStatistics run() throws IOException {
      countLinks();
      ContentInventory inventory = new ContentInventory(driver);
      countContents(inventory);
      Set<Digest> shown =
          Stream.concat(largest.list().stream(), oldest.list().stream())
              .map(BlobStat::digest)
              .collect(Collectors.toSet());
      ContentOwners owners = ContentOwners.of(shown, driver);
      UnfinishedTransfers unfinished =
          AbandonedTransfers.baseOf(driver)
              .map(AbandonedTransfers::under)
              .orElse(UnfinishedTransfers.NONE);
      return new StoreStatistics(
          Costs.usage(contents, bytes, unfinished.keptBytes() + unfinished.expiredBytes()),
          inventory.freeSpace(),
          unfinished,
          new Counts(contents - manifests, manifests, repositories, tags),
          kept(largest, owners),
          kept(oldest, owners));
    }

    private void countLinks() throws IOException {
      LinkInventory inventory = new LinkInventory(driver);
      for (RepositoryName repository : new ContentStore(driver).repositories()) {
        repositories++;
        try (Stream<StoredLink> links = inventory.links(repository)) {
          links.forEach(this::count);
        } catch (UncheckedIOException e) {
          throw e.getCause();
        }
      }
    }

    private void count(StoredLink link) {
      if (link.kind() == StoredLink.Kind.MANIFEST) {
        link.digest().ifPresent(linkedAsManifest::add);
      } else if (link.kind() == StoredLink.Kind.TAG) {
        tags++;
      }
    }

    private void countContents(ContentInventory inventory) throws IOException {
      try (Stream<BlobStat> blobs = inventory.blobs()) {
        for (Iterator<BlobStat> i = blobs.iterator(); i.hasNext(); ) {
          BlobStat blob = i.next();
          contents++;
          bytes += blob.size();
          manifests += linkedAsManifest.contains(blob.digest()) ? 1 : 0;
          BlobStat used = withUse(blob);
          largest.add(used);
          oldest.add(used);
        }
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    }

    /** With the time of a use that storage does not know yet. */
    private BlobStat withUse(BlobStat blob) {
      return uses.apply(blob.digest())
          .map(ContentUse::lastUse)
          .filter(blob.modified()::isBefore)
          .map(used -> new BlobStat(blob.digest(), blob.size(), used))
          .orElse(blob);
    }

    private List<KeptContent> kept(TopList<BlobStat> contents, ContentOwners owners) {
      return contents.list().stream()
          .map(
              blob ->
                  new KeptContent(
                      blob.digest(),
                      linkedAsManifest.contains(blob.digest())
                          ? KeptContent.Kind.MANIFEST
                          : KeptContent.Kind.BLOB,
                      blob.size(),
                      blob.modified(),
                      owners.of(blob.digest())))
          .toList();
    }
  }
}
