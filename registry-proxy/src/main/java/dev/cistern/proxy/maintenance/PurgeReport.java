package dev.cistern.proxy.maintenance;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.report.Failure;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

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

  /** What this purge and one of another store of the same cache removed together. */
  public PurgeReport and(PurgeReport other) {
    Map<Digest, PurgedContent> all = new LinkedHashMap<>();
    contents.forEach(content -> all.put(content.digest(), content));
    other.contents.forEach(
        content -> all.merge(content.digest(), content, PurgedContent::heldByMore));
    return new PurgeReport(
        repository,
        Stream.of(tags, other.tags).flatMap(List::stream).distinct().toList(),
        List.copyOf(all.values()),
        Stream.of(failures, other.failures).flatMap(List::stream).toList());
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
