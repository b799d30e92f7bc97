package dev.cistern.proxy.maintenance;

import dev.cistern.api.Descriptor;
import dev.cistern.api.Digest;
import dev.cistern.api.Manifest;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import dev.cistern.proxy.maintenance.Purge.Selection;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.LinkInventory;
import dev.cistern.storage.content.StoredLink;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one repository has: its tags, its manifests with what they refer to, and its blobs. Memory
 * depends on the size of the repository. For one thread.
 */
final class RepositoryImages {

  private static final Logger log = LoggerFactory.getLogger(RepositoryImages.class);

  /** What a manifest refers to. */
  private record References(List<Digest> manifests, List<Digest> blobs) {
    static final References NONE = new References(List.of(), List.of());
  }

  private final Map<Tag, Digest> tags = new TreeMap<>(Comparator.comparing(Tag::value));
  private final Map<Digest, References> manifests =
      new TreeMap<>(Comparator.comparing(Digest::toString));
  private final Set<Digest> blobs = new HashSet<>();

  private RepositoryImages() {}

  /** Reads the links, tags and manifests of a repository. */
  static RepositoryImages read(StorageDriver driver, RepositoryName repository) throws IOException {
    RepositoryImages images = new RepositoryImages();
    ContentStore store = new ContentStore(driver, MetadataMemory.OF_HEAP.waiting());
    Set<Digest> linked = new HashSet<>();
    try (Stream<StoredLink> links = new LinkInventory(driver).links(repository)) {
      for (Iterator<StoredLink> i = links.iterator(); i.hasNext(); ) {
        StoredLink link = i.next();
        if (link.kind() == StoredLink.Kind.MANIFEST) {
          link.digest().ifPresent(linked::add);
        } else if (link.kind() == StoredLink.Kind.BLOB) {
          link.digest().ifPresent(images.blobs::add);
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    for (Digest digest : linked) {
      images.manifests.put(digest, references(store.manifest(repository, digest)));
    }
    for (Tag tag : store.tags(repository)) {
      Optional<Digest> named = store.tag(repository, tag);
      named.ifPresent(digest -> images.tags.put(tag, digest));
    }
    return images;
  }

  private static References references(Optional<StoredManifest> manifest) {
    if (manifest.isEmpty()) {
      return References.NONE;
    }
    try {
      Manifest read = Manifest.read(manifest.get().body());
      return new References(digests(read.manifests()), digests(read.blobs()));
    } catch (RegistryException e) {
      log.debug("Manifest {} cannot be parsed", manifest.get().digest(), e);
      return References.NONE;
    }
  }

  private static List<Digest> digests(List<Descriptor> descriptors) {
    return descriptors.stream().map(Descriptor::digest).toList();
  }

  /** Everything. */
  Selection all() {
    Set<Digest> contents = sorted(manifests.keySet());
    contents.addAll(blobs);
    return new Selection(List.copyOf(tags.keySet()), contents);
  }

  /** A tag, and the image that it names unless something else needs that. */
  Selection of(Tag tag) {
    Digest named = tags.get(tag);
    return named == null
        ? new Selection(List.of(), Set.of())
        : new Selection(List.of(tag), image(named, List.of(tag), Set.of()));
  }

  /** A blob; or a manifest, the tags that name it, and its image. */
  Selection of(Digest digest) {
    List<Tag> names =
        tags.entrySet().stream()
            .filter(tag -> tag.getValue().equals(digest))
            .map(Map.Entry::getKey)
            .toList();
    if (!manifests.containsKey(digest)) {
      return new Selection(names, blobs.contains(digest) ? Set.of(digest) : Set.of());
    }
    return new Selection(names, image(digest, names, Set.of(digest)));
  }

  /**
   * The content of an image that nothing else in the repository needs.
   *
   * @param without the tags that are removed
   * @param certainly what is removed even if something else needs it
   */
  private Set<Digest> image(Digest root, List<Tag> without, Set<Digest> certainly) {
    Set<Digest> image = reachable(Set.of(root));
    Set<Digest> roots = new HashSet<>(manifests.keySet());
    roots.removeAll(image);
    tags.forEach(
        (tag, named) -> {
          if (!without.contains(tag)) {
            roots.add(named);
          }
        });
    Set<Digest> kept = reachable(roots);
    kept.removeAll(certainly);
    Set<Digest> removed = sorted(image);
    removed.removeAll(kept);
    removed.addAll(blobsOf(List.copyOf(removed)));
    removed.removeAll(blobsOf(kept));
    removed.removeIf(digest -> !manifests.containsKey(digest) && !blobs.contains(digest));
    return removed;
  }

  /** These manifests and those that they list, as far as the repository has them. */
  private Set<Digest> reachable(Set<Digest> roots) {
    Set<Digest> reached = new HashSet<>();
    Deque<Digest> next = new ArrayDeque<>(roots);
    while (!next.isEmpty()) {
      Digest digest = next.pop();
      if (manifests.containsKey(digest) && reached.add(digest)) {
        next.addAll(Objects.requireNonNull(manifests.get(digest)).manifests());
      }
    }
    return reached;
  }

  private Set<Digest> blobsOf(Collection<Digest> some) {
    Set<Digest> found = new HashSet<>();
    some.forEach(digest -> found.addAll(manifests.getOrDefault(digest, References.NONE).blobs()));
    return found;
  }

  private static Set<Digest> sorted(Set<Digest> digests) {
    Set<Digest> sorted = new TreeSet<>(Comparator.comparing(Digest::toString));
    sorted.addAll(digests);
    return sorted;
  }
}
