package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The links that a {@link ContentStore} over the same driver goes by, to be looked through and
 * mended. Threads, absence and failure are as in {@link ContentStore}; there is no state here
 * either.
 */
public final class LinkInventory {

  private final StorageDriver driver;
  private final ContentStore store;

  public LinkInventory(StorageDriver driver) {
    this.driver = driver;
    this.store = new ContentStore(driver);
  }

  /**
   * A repository's links, in no order, read from the back-end as the stream is consumed. The caller
   * closes it. A failure on the way is an {@link UncheckedIOException} from the stream.
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

  /** What a link leads to; empty when it is gone, or holds nothing that could be a digest. */
  public Optional<Digest> target(StoredLink link) throws IOException {
    if (link.digest().isPresent()) {
      return link.digest();
    }
    Optional<String> line = SmallObject.readLine(driver, link.key());
    return line.isPresent() ? digest(line.get()) : Optional.empty();
  }

  /**
   * Whether a link holds something else than it should: nothing, as a crash leaves it, no digest,
   * or another one than its key names. One that is gone is not broken.
   */
  public boolean isBroken(StoredLink link) throws IOException {
    Optional<String> line = SmallObject.readLine(driver, link.key());
    if (line.isEmpty()) {
      return false;
    }
    Optional<Digest> held = digest(line.get());
    return held.isEmpty() || (link.digest().isPresent() && !held.equals(link.digest()));
  }

  /**
   * Removes a link that is still broken. What it allowed is asked for upstream again, where a link
   * is needed.
   *
   * @return whether there was something to remove
   */
  public boolean removeBroken(StoredLink link) throws IOException {
    if (!isBroken(link)) {
      return false;
    }
    if (link.tag().isPresent()) {
      store.untag(link.repository(), link.tag().get());
    } else {
      driver.delete(link.key());
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
