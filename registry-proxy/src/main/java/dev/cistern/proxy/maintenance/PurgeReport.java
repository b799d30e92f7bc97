package dev.cistern.proxy.maintenance;

import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import java.util.List;
import java.util.Objects;

/**
 * What a purge removed, or would remove.
 *
 * @param repository where
 * @param tags the tags that it removes
 * @param contents the blobs and manifests that it takes from the repository
 * @param failures content that could not be deleted; the repository no longer has it
 */
public record PurgeReport(
    RepositoryName repository,
    List<Tag> tags,
    List<PurgedContent> contents,
    List<Failure> failures) {

  public PurgeReport {
    Objects.requireNonNull(repository, "repository");
    tags = List.copyOf(tags);
    contents = List.copyOf(contents);
    failures = List.copyOf(failures);
  }

  /** Whether there was nothing under the name. */
  public boolean isEmpty() {
    return tags.isEmpty() && contents.isEmpty();
  }

  /** How many bytes are no longer stored, or would not be: those that no other repository has. */
  public long bytes() {
    return contents.stream()
        .filter(content -> content.elsewhere().isEmpty())
        .mapToLong(PurgedContent::size)
        .sum();
  }
}
