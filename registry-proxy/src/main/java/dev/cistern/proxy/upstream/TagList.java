package dev.cistern.proxy.upstream;

import static java.util.Objects.requireNonNull;

import dev.cistern.api.Page;
import dev.cistern.proxy.internal.memory.CompactNames;
import java.util.List;
import java.util.Optional;

/**
 * One page of a repository's tags.
 *
 * @param tags valid tags, in the order in which the upstream lists them
 * @param next the request for the next page; empty for the last page
 */
public record TagList(List<String> tags, Optional<Page> next) {

  public TagList {
    tags = CompactNames.copyOf(tags);
    requireNonNull(next, "next");
  }
}
