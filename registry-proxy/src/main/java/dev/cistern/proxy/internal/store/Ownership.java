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

  private Shares shares;
  private boolean due = true;
  private boolean known;

  Ownership(Shares shares, ContentStore store, ContentInventory inventory, ContentIndex index) {
    this.shares = shares;
    this.store = store;
    this.inventory = inventory;
    this.index = index;
  }

  /** Applies other shares. Forgets what was found if these divide the content in another way. */
  void reconfigure(Shares changed) {
    if (!changed.divideAs(shares)) {
      index.owners().forget();
      shares = changed;
      known = false;
      due = true;
    }
  }

  /** The store was listed, so there may be content of which it is not known who has it. */
  void listed() {
    due = true;
  }

  /** Whether the owners of all content were found once. */
  boolean isKnown() {
    return known;
  }

  /**
   * Reads the links of all repositories, if there may be content that counts to no upstream yet.
   *
   * @param stopped ends this early
   */
  void find(BooleanSupplier stopped) throws IOException {
    if (due && findAll(stopped)) {
      known = true;
      due = false;
    }
  }

  private boolean findAll(BooleanSupplier stopped) throws IOException {
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
