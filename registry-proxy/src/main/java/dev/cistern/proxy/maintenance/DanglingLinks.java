package dev.cistern.proxy.maintenance;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.LinkInventory;
import dev.cistern.storage.content.StoredLink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.Optional;
import java.util.stream.Stream;

/** Counts the links and tags without content, without removing them. */
final class DanglingLinks {

  /** Whether content exists. */
  @FunctionalInterface
  interface Presence {
    boolean exists(Digest digest) throws IOException;
  }

  private DanglingLinks() {}

  static long count(StorageDriver driver, Presence presence) throws IOException {
    LinkInventory inventory = new LinkInventory(driver);
    long count = 0;
    for (RepositoryName repository : new ContentStore(driver).repositories()) {
      try (Stream<StoredLink> links = inventory.links(repository)) {
        for (Iterator<StoredLink> i = links.iterator(); i.hasNext(); ) {
          StoredLink link = i.next();
          if (link.kind() != StoredLink.Kind.TAG_HISTORY) {
            Optional<Digest> target = inventory.target(link);
            count += target.isPresent() && !presence.exists(target.get()) ? 1 : 0;
          }
        }
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    }
    return count;
  }
}
