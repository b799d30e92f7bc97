package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.LinkInventory;
import dev.cistern.storage.content.StoredLink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Which repositories have some content. Memory depends on the digests given, not on the store. */
public final class ContentOwners {

  private final Map<Digest, Set<String>> owners = new HashMap<>();

  private ContentOwners() {}

  /** Reads all links once, for all of these digests. */
  public static ContentOwners of(Set<Digest> digests, StorageDriver driver) throws IOException {
    ContentOwners found = new ContentOwners();
    if (digests.isEmpty()) {
      return found;
    }
    LinkInventory inventory = new LinkInventory(driver);
    for (RepositoryName repository : new ContentStore(driver).repositories()) {
      try (Stream<StoredLink> links = inventory.links(repository)) {
        for (Iterator<StoredLink> i = links.iterator(); i.hasNext(); ) {
          StoredLink link = i.next();
          if (link.allows()) {
            link.digest().filter(digests::contains).ifPresent(d -> found.add(d, repository));
          }
        }
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    }
    return found;
  }

  private void add(Digest digest, RepositoryName repository) {
    owners.computeIfAbsent(digest, unseen -> new TreeSet<>()).add(repository.value());
  }

  /** In lexical order. */
  public List<RepositoryName> of(Digest digest) {
    return owners.getOrDefault(digest, Set.of()).stream().map(RepositoryName::new).toList();
  }
}
