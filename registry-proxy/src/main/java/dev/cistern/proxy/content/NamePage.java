package dev.cistern.proxy.content;

import dev.cistern.api.Page;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.internal.memory.CompactNames;
import java.util.List;
import java.util.Optional;

/**
 * One page of a list of names.
 *
 * @param names in the order of the list
 * @param next the request for the next page; empty at the end of the list
 * @param status how the cache handled the request; stale when only cached names are listed
 */
public record NamePage(List<String> names, Optional<Page> next, CacheStatus status) {

  public NamePage {
    names = CompactNames.copyOf(names);
  }

  /**
   * Returns one page of a complete list (distribution-spec, "Listing Tags"): at most {@code n}
   * names after {@code last}.
   *
   * @param all in lexical order
   * @param page the page; without a count, all names after {@code last}
   */
  public static NamePage of(List<String> all, Page page, CacheStatus status) {
    List<String> rest =
        page.last()
            .map(last -> all.stream().filter(name -> name.compareTo(last) > 0).toList())
            .orElse(all);
    if (page.count().isEmpty() || rest.size() <= page.count().getAsInt()) {
      return new NamePage(rest, Optional.empty(), status);
    }
    List<String> names = rest.subList(0, page.count().getAsInt());
    return names.isEmpty()
        ? new NamePage(names, Optional.empty(), status)
        : new NamePage(
            names,
            Optional.of(new Page(page.count(), Optional.of(names.get(names.size() - 1)))),
            status);
  }
}
