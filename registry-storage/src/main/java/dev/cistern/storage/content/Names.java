package dev.cistern.storage.content;

import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.storage.StorageDriver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what is stored from the names in the store. What cannot be a name there belongs to
 * someone else.
 */
final class Names {

  private static final Logger LOG = LoggerFactory.getLogger(Names.class);

  private final StorageDriver driver;
  private final Links links;

  Names(StorageDriver driver, Links links) {
    this.driver = driver;
    this.links = links;
  }

  List<Tag> tags(RepositoryName repository) throws IOException {
    List<Tag> tags = new ArrayList<>();
    for (String child : children(DistributionLayout.tags(repository))) {
      try {
        Tag tag = Tag.parse(child);
        // A crash between the two links of a tag leaves one that names nothing yet.
        if (links.present(DistributionLayout.tagCurrentLink(repository, tag))) {
          tags.add(tag);
        }
      } catch (RegistryException e) {
        LOG.debug("passing over {} among the tags of {}", child, repository, e);
      }
    }
    tags.sort(Comparator.comparing(Tag::value));
    return List.copyOf(tags);
  }

  List<RepositoryName> repositories() throws IOException {
    List<RepositoryName> repositories = new ArrayList<>();
    Deque<RepositoryName> unseen = new ArrayDeque<>();
    for (String child : children(DistributionLayout.REPOSITORIES)) {
      name(child).ifPresent(unseen::push);
    }
    while (!unseen.isEmpty()) {
      RepositoryName name = unseen.pop();
      boolean marked = false;
      for (String child : children(DistributionLayout.repository(name))) {
        marked |= DistributionLayout.marksRepository(child);
        // Also below a repository: one's name may go on where another's ends.
        name(name.value() + "/" + child).ifPresent(unseen::push);
      }
      if (marked) {
        repositories.add(name);
      }
    }
    repositories.sort(Comparator.comparing(RepositoryName::value));
    return List.copyOf(repositories);
  }

  /** What is no name, as {@code _layers}, is nothing to look for repositories in. */
  private static Optional<RepositoryName> name(String name) {
    try {
      return Optional.of(RepositoryName.parse(name));
    } catch (RegistryException e) {
      return Optional.empty();
    }
  }

  private List<String> children(String key) throws IOException {
    try (Stream<String> children = driver.children(key)) {
      return children.toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
