package dev.cistern.proxy.upstream.http;

import dev.cistern.api.Page;
import dev.cistern.proxy.internal.memory.CompactNames;
import dev.cistern.proxy.upstream.TagList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Whether a registry has begun a page of tags after {@code last}. Older ones answer with the whole
 * list, whatever they are asked for (Docker's registry 2.8): clients that follow the links of pages
 * would get the first page again and again.
 */
enum LastCheck {
  RESPECTED,
  IGNORED,
  /** There are tags before {@code last}, in an order that may not be that of the registry. */
  UNCLEAR;

  static LastCheck of(List<String> tags, Page asked) {
    String last = asked.last().orElse("");
    if (last.isEmpty() || asked.hasToken()) {
      return RESPECTED;
    }
    boolean before = false;
    for (String tag : tags) {
      int order = tag.compareTo(last);
      if (order == 0) {
        return IGNORED;
      }
      before = before || order < 0;
    }
    return before ? UNCLEAR : RESPECTED;
  }

  /**
   * The page that was asked for, of an answer that begins before it: what follows {@code last} in
   * lexical order (end-8b), whatever the order of the registry is.
   */
  static TagList page(TagList answer, Page asked) {
    String last = asked.last().orElseThrow();
    CompactNames.Builder page = new CompactNames.Builder();
    if (asked.count().isEmpty()) {
      answer.tags().stream().filter(tag -> tag.compareTo(last) > 0).forEach(page::add);
      return new TagList(page.build(), answer.next());
    }
    int most = asked.count().getAsInt();
    TreeSet<String> first = new TreeSet<>();
    boolean more = false;
    for (String tag : answer.tags()) {
      if (tag.compareTo(last) > 0 && first.add(tag) && first.size() > most) {
        first.pollLast();
        more = true;
      }
    }
    first.forEach(page::add);
    return new TagList(
        page.build(),
        more && !first.isEmpty()
            ? Optional.of(new Page(asked.count(), Optional.of(first.last())))
            : answer.next());
  }
}
