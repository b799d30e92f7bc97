package dev.cistern.storage.content;

import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.storage.StorageDriver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
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
    return tags(repository, "", "", Integer.MAX_VALUE);
  }

  /** The names in a repository's directory of tags: with a look at no tag, so at low cost. */
  private List<Tag> names(RepositoryName repository) throws IOException {
    List<Tag> names = new ArrayList<>();
    for (String child : children(DistributionLayout.tags(repository))) {
      try {
        names.add(Tag.parse(child));
      } catch (RegistryException e) {
        LOG.debug("Ignored {} among the tags of {}: it is not a valid tag", child, repository, e);
      }
    }
    names.sort(Comparator.comparing(Tag::value));
    return names;
  }

  long countTags(RepositoryName repository) throws IOException {
    return names(repository).size();
  }

  List<Tag> tags(RepositoryName repository, String containing, String after, int most)
      throws IOException {
    List<Tag> tags = new ArrayList<>();
    for (Tag tag : names(repository)) {
      if (tags.size() == most) {
        break;
      }
      // After a crash between writing its two links a tag has no current link.
      if (tag.value().compareTo(after) > 0
          && tag.value().contains(containing)
          && links.present(DistributionLayout.tagCurrentLink(repository, tag))) {
        tags.add(tag);
      }
    }
    return List.copyOf(tags);
  }

  List<RepositoryName> repositories() throws IOException {
    return repositories("", Integer.MAX_VALUE);
  }

  /**
   * The first repositories after a name, in lexical order. The names that are still to be visited
   * are visited in that order as well, and all that is below a name comes after it; so the walk can
   * end with the last name it has to give.
   */
  List<RepositoryName> repositories(String after, int most) throws IOException {
    List<RepositoryName> repositories = new ArrayList<>();
    PriorityQueue<String> unseen = new PriorityQueue<>();
    addChildren("", children(DistributionLayout.REPOSITORIES), after, unseen);
    while (!unseen.isEmpty() && repositories.size() < most) {
      Optional<RepositoryName> name = name(unseen.poll());
      if (name.isEmpty()) {
        continue;
      }
      List<String> children = children(DistributionLayout.repository(name.get()));
      // Also below a repository, because a/b and a/b/c may both be repositories.
      addChildren(name.get().value() + "/", children, after, unseen);
      if (name.get().value().compareTo(after) > 0
          && children.stream().anyMatch(DistributionLayout::marksRepository)) {
        repositories.add(name.get());
      }
    }
    return List.copyOf(repositories);
  }

  private static void addChildren(
      String parent, List<String> children, String after, PriorityQueue<String> unseen) {
    for (String child : children) {
      String name = parent + child;
      // Names below it may come after where it does not itself: a/b comes after a-b.
      String below = name + "/";
      if (below.compareTo(after) > 0 || after.startsWith(below)) {
        unseen.add(name);
      }
    }
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
