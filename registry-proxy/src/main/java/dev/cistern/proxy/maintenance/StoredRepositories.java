package dev.cistern.proxy.maintenance;

import dev.cistern.api.Descriptor;
import dev.cistern.api.Digest;
import dev.cistern.api.Manifest;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import dev.cistern.proxy.maintenance.RepositorySummary.Extent;
import dev.cistern.proxy.report.ContentUse;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.LinkInventory;
import dev.cistern.storage.content.StoredLink;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The repositories and tags of a store that a cache uses, for people who look at them. Each method
 * reads a limited part of the store, however large that is. All of them block. Thread-safe.
 */
public final class StoredRepositories {

  /** How many names one search looks at. */
  private static final int MOST_SEARCHED = 20_000;

  private static final int SEARCHED_AT_ONCE = 1_000;

  /** How many links of a repository are counted. */
  private static final int MOST_LINKS = 5_000;

  /** How many manifests of an index are looked at. */
  private static final int MOST_MANIFESTS = 64;

  private final ContentStore store;
  private final LinkInventory links;
  private final Function<Digest, Optional<ContentUse>> uses;

  /**
   * Makes a view of a store.
   *
   * @param driver stays the caller's
   * @param uses tells when content was used last, without reading the store, as {@code
   *     PullThroughCache.use} does
   */
  public StoredRepositories(StorageDriver driver, Function<Digest, Optional<ContentUse>> uses) {
    store = new ContentStore(driver, MetadataMemory.OF_HEAP.waiting());
    links = new LinkInventory(driver);
    this.uses = uses;
  }

  /**
   * Finds repositories by a part of their names.
   *
   * @param containing the part; empty for all
   * @param after the names come after this one, which need not exist; empty for the first
   * @param most how many to return at most
   * @return in lexical order
   * @throws IOException when the store cannot be listed
   */
  public List<RepositoryName> search(String containing, String after, int most) throws IOException {
    if (containing.isEmpty()) {
      return store.repositories(after, most);
    }
    List<RepositoryName> found = new ArrayList<>();
    String last = after;
    for (int searched = 0;
        searched < MOST_SEARCHED && found.size() < most;
        searched += SEARCHED_AT_ONCE) {
      List<RepositoryName> next = store.repositories(last, SEARCHED_AT_ONCE);
      next.stream()
          .filter(name -> name.value().contains(containing))
          .limit(most - found.size())
          .forEach(found::add);
      if (next.size() < SEARCHED_AT_ONCE) {
        break;
      }
      last = next.get(next.size() - 1).value();
    }
    return List.copyOf(found);
  }

  /**
   * Counts what is cached of a repository.
   *
   * @throws IOException when the store cannot be listed
   */
  public RepositorySummary summary(RepositoryName repository) throws IOException {
    long contents = 0;
    long bytes = 0;
    Optional<Instant> lastUse = Optional.empty();
    int seen = 0;
    Set<Digest> counted = new HashSet<>();
    try (Stream<StoredLink> all = links.links(repository)) {
      Iterator<StoredLink> rest = all.iterator();
      while (seen < MOST_LINKS && rest.hasNext()) {
        seen++;
        Optional<ContentUse> use =
            Optional.of(rest.next())
                .filter(StoredLink::allows)
                .flatMap(StoredLink::digest)
                .filter(counted::add)
                .flatMap(uses);
        if (use.isPresent()) {
          contents++;
          bytes += use.get().size();
          lastUse = later(lastUse, use.get().lastUse());
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return new RepositorySummary(
        repository,
        store.countTags(repository),
        contents,
        bytes,
        lastUse,
        seen < MOST_LINKS ? Extent.ALL : Extent.PART);
  }

  private static Optional<Instant> later(Optional<Instant> before, Instant other) {
    return before.isPresent() && before.get().isAfter(other) ? before : Optional.of(other);
  }

  /**
   * Finds tags by a part of their names.
   *
   * @param containing the part; empty for all
   * @param after the tags come after this one, which need not exist; empty for the first
   * @param most how many to return at most
   * @return in lexical order
   * @throws IOException when the store cannot be read
   */
  public List<TagSummary> tags(RepositoryName repository, String containing, String after, int most)
      throws IOException {
    List<TagSummary> found = new ArrayList<>();
    for (Tag tag : store.tags(repository, containing, after, most)) {
      Optional<Digest> digest = store.tag(repository, tag);
      if (digest.isPresent()) {
        found.add(
            new TagSummary(
                tag,
                digest.get(),
                store.tagTime(repository, tag),
                sizeOfImage(repository, digest.get()),
                uses.apply(digest.get()).map(ContentUse::lastUse)));
      }
    }
    return List.copyOf(found);
  }

  private long sizeOfImage(RepositoryName repository, Digest root) throws IOException {
    Set<Digest> counted = new HashSet<>();
    List<Digest> manifests = new ArrayList<>(List.of(root));
    long bytes = 0;
    for (int i = 0; i < manifests.size() && i < MOST_MANIFESTS; i++) {
      Digest digest = manifests.get(i);
      Optional<ContentUse> use = uses.apply(digest);
      if (use.isEmpty() || !counted.add(digest)) {
        continue;
      }
      bytes += use.get().size();
      Optional<Manifest> manifest = manifest(repository, digest);
      if (manifest.isPresent()) {
        manifest.get().manifests().stream().map(Descriptor::digest).forEach(manifests::add);
        for (Descriptor blob : manifest.get().blobs()) {
          if (counted.add(blob.digest())) {
            bytes += uses.apply(blob.digest()).map(ContentUse::size).orElse(0L);
          }
        }
      }
    }
    return bytes;
  }

  private Optional<Manifest> manifest(RepositoryName repository, Digest digest) throws IOException {
    Optional<StoredManifest> stored = store.manifest(repository, digest);
    if (stored.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Manifest.read(stored.get().body()));
    } catch (RegistryException e) {
      // It names nothing that could be counted.
      return Optional.empty();
    }
  }
}
