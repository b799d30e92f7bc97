package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Lists, checks and repairs the links of a {@link ContentStore} with the same driver. Threading,
 * absence and failure are as in {@link ContentStore}; this class has no state either.
 */
public final class LinkInventory {

  private final StorageDriver driver;
  private final ContentStore store;

  /** Makes an inventory of the driver's links. The caller closes the driver. */
  public LinkInventory(StorageDriver driver) {
    this.driver = driver;
    this.store = new ContentStore(driver);
  }

  /**
   * A repository's links, in any order, listed while the stream is consumed. The caller closes the
   * stream. If the back-end fails, the stream throws {@link UncheckedIOException}.
   */
  public Stream<StoredLink> links(RepositoryName repository) {
    return DistributionLayout.marks(repository).stream()
        .flatMap(this::below)
        .flatMap(stat -> DistributionLayout.link(repository, stat.key()).stream());
  }

  private Stream<ObjectStat> below(String prefix) {
    try {
      return driver.list(prefix);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The digest that a link refers to; empty if the link is missing or has no digest. */
  public Optional<Digest> target(StoredLink link) throws IOException {
    if (link.digest().isPresent()) {
      return link.digest();
    }
    Optional<String> line = SmallObject.readLine(driver, link.key());
    return line.isPresent() ? digest(line.get()) : Optional.empty();
  }

  /**
   * Whether a link is broken: it is empty, as after a crash, it has no digest, or it has another
   * digest than its key. A missing link is not broken.
   */
  public boolean isBroken(StoredLink link) throws IOException {
    Optional<String> line = SmallObject.readLine(driver, link.key());
    if (line.isEmpty()) {
      return false;
    }
    Optional<Digest> stored = digest(line.get());
    return stored.isEmpty() || (link.digest().isPresent() && !stored.equals(link.digest()));
  }

  /**
   * Removes a link if it is still broken. The cache then asks the upstream again and restores the
   * link.
   *
   * @return whether a link was removed
   */
  public boolean removeBroken(StoredLink link) throws IOException {
    if (!isBroken(link)) {
      return false;
    }
    if (link.tag().isPresent()) {
      store.untag(link.repository(), link.tag().get());
    } else {
      driver.delete(List.of(link.key()));
    }
    return true;
  }

  private static Optional<Digest> digest(String line) {
    try {
      return Optional.of(Digest.parse(line));
    } catch (RegistryException e) {
      return Optional.empty();
    }
  }
}
