package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.util.function.BooleanSupplier;

/**
 * Finds to which upstreams the indexed content counts, by the links of their repositories. It reads
 * only the names of links, and nothing if no upstream has a share. For one thread.
 */
final class Ownership {

  private final ContentStore store;
  private final ContentInventory inventory;
  private final ContentIndex index;

  Ownership(ContentStore store, ContentInventory inventory, ContentIndex index) {
    this.store = store;
    this.inventory = inventory;
    this.index = index;
  }

  /**
   * Reads the links of all repositories, if there is content that counts to no upstream yet.
   *
   * @param stopped ends this early
   * @return whether it is complete
   */
  boolean find(Shares shares, BooleanSupplier stopped) throws IOException {
    if (shares.isEmpty() || !index.owners().isAnyUnknown()) {
      return true;
    }
    for (RepositoryName repository : store.repositories()) {
      if (stopped.getAsBoolean()) {
        return false;
      }
      int owner = shares.owner(repository);
      for (Digest digest : inventory.linked(repository)) {
        index.owners().add(digest, owner, shares);
      }
    }
    return true;
  }
}
