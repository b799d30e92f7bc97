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
 * Lists the repositories and tags that are stored. Names that are invalid belong to other programs
 * and are ignored.
 */
final class Catalog {

  private static final Logger LOG = LoggerFactory.getLogger(Catalog.class);

  private final StorageDriver driver;
  private final Links links;

  Catalog(StorageDriver driver, Links links) {
    this.driver = driver;
    this.links = links;
  }

  List<Tag> tags(RepositoryName repository) throws IOException {
    List<Tag> tags = new ArrayList<>();
    for (String child : children(DistributionLayout.tags(repository))) {
      try {
        Tag tag = Tag.parse(child);
        // After a crash between writing its two links a tag has no current link.
        if (links.present(DistributionLayout.tagCurrentLink(repository, tag))) {
          tags.add(tag);
        }
      } catch (RegistryException e) {
        LOG.debug("Ignored {} among the tags of {}: it is not a valid tag", child, repository, e);
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
        // Also below a repository, because a/b and a/b/c may both be repositories.
        name(name.value() + "/" + child).ifPresent(unseen::push);
      }
      if (marked) {
        repositories.add(name);
      }
    }
    repositories.sort(Comparator.comparing(RepositoryName::value));
    return List.copyOf(repositories);
  }

  /** Empty for other names, such as {@code _layers}, which contain no repositories. */
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
