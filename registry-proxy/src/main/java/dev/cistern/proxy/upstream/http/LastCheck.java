package dev.cistern.proxy.upstream.http;

import dev.cistern.api.Page;
import dev.cistern.proxy.upstream.CompactNames;
import dev.cistern.proxy.upstream.TagList;
import java.util.List;
import java.util.Optional;

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

  /** The page that was asked for, of an answer that begins before it. */
  static TagList page(TagList answer, Page asked) {
    String last = asked.last().orElseThrow();
    int most = asked.count().orElse(Integer.MAX_VALUE);
    List<String> all = answer.tags();
    // In the order of the registry if it has this tag.
    int found = all.indexOf(last);
    CompactNames.Builder page = new CompactNames.Builder();
    int count = 0;
    boolean more = false;
    for (String tag : all.subList(found + 1, all.size())) {
      if (found < 0 && tag.compareTo(last) <= 0) {
        continue;
      }
      if (count == most) {
        more = true;
        break;
      }
      page.add(tag);
      count++;
    }
    return new TagList(
        page.build(),
        more && count > 0
            ? Optional.of(new Page(asked.count(), Optional.of(page.last())))
            : answer.next());
  }
}
