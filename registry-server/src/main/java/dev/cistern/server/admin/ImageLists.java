package dev.cistern.server.admin;

import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.maintenance.RepositorySummary;
import dev.cistern.proxy.maintenance.TagSummary;
import dev.cistern.server.report.HumanReadable;
import java.util.Map;
import java.util.Optional;

/**
 * The lists of repositories and of tags: each with a search, a page at a time, and links to purge.
 * They work without a script.
 */
final class ImageLists {

  private final View view;

  ImageLists(View view) {
    this.view = view;
  }

  /**
   * Repositories.
   *
   * @param found empty if storage is slow
   */
  void repositories(Html html, Request request, Optional<Repositories.Found> found) {
    Frame.section(html, "repositories", "Repositories", "card");
    search(html, PageAddress.STATUS, "Search repositories", request.text("q"), Map.of());
    if (found.isEmpty()) {
      html.element("p", "Storage is slow. Reload the page in a few seconds.", "class", "none");
    } else if (found.get().repositories().isEmpty()) {
      boolean all = request.parameter("q").isEmpty() && request.parameter("after").isEmpty();
      html.element(
          "p",
          all ? "Nothing is cached yet." : "No repository has a name like this.",
          "class",
          "none");
    } else {
      Frame.table(
          html, "repositories-h", "Name", "#Tags", "#Contents", "#Size", "#Last use", "Action");
      found.get().repositories().forEach(repository -> row(html, repository));
      Frame.endTable(html);
      pager(
          html,
          PageAddress.STATUS,
          request,
          found.get().next().map(next -> Map.of("q", request.text("q"), "after", next)),
          Map.of("q", request.text("q")));
    }
    html.close();
  }

  private void row(Html html, RepositorySummary repository) {
    String name = repository.repository().value();
    String more = repository.extent() == RepositorySummary.Extent.PART ? "≥ " : "";
    html.open("tr")
        .open("td")
        .element(
            "a",
            name,
            "href",
            PageAddress.link(PageAddress.REPOSITORY, Map.of("name", name)),
            "class",
            "name")
        .close()
        .element("td", Text.count(repository.tags()), "class", "n")
        .element("td", more + Text.count(repository.contents()), "class", "n")
        .element("td", more + HumanReadable.size(repository.bytes()), "class", "n")
        .element(
            "td",
            repository.lastUse().map(time -> Text.ago(view.since(time))).orElse("–"),
            "class",
            "n")
        .open("td");
    purgeLink(html, "repository " + name, Map.of("repository", name));
    html.close().close();
  }

  private static void purgeLink(Html html, String what, Map<String, String> parameters) {
    html.element(
        "a",
        "Purge",
        "href",
        PageAddress.link(PageAddress.PURGE, parameters),
        "aria-label",
        "Purge " + what);
  }

  /** A form that searches without a script. */
  private static void search(
      Html html, String path, String label, String text, Map<String, String> kept) {
    html.open("form", "action", path, "class", "search", "role", "search");
    kept.forEach(
        (name, value) -> html.empty("input", "type", "hidden", "name", name, "value", value));
    html.empty(
            "input",
            "type",
            "search",
            "name",
            "q",
            "value",
            text,
            "aria-label",
            label,
            "placeholder",
            label,
            "maxlength",
            "255")
        .element("button", "Search")
        .close();
  }

  private static void pager(
      Html html,
      String path,
      Request request,
      Optional<Map<String, String>> next,
      Map<String, String> first) {
    boolean later = request.parameter("after").isPresent();
    if (next.isEmpty() && !later) {
      return;
    }
    html.open("nav", "class", "pager", "aria-label", "Pages");
    if (later) {
      html.element("a", "First page", "href", PageAddress.link(path, first));
    }
    next.ifPresent(
        parameters -> html.element("a", "Next page", "href", PageAddress.link(path, parameters)));
    html.close();
  }

  /**
   * The tags of a repository.
   *
   * @param found empty if storage is slow
   */
  void tags(
      Html html, RepositoryName name, Request request, Optional<Repositories.FoundTags> found) {
    Frame.section(html, "tags", "Tags", "card");
    search(
        html,
        PageAddress.REPOSITORY,
        "Search tags",
        request.text("q"),
        Map.of("name", name.value()));
    tagTable(html, name, request, found);
    html.open("p", "class", "after");
    purgeLink(html, "the whole repository", Map.of("repository", name.value()));
    html.text(" the whole repository, also what has no tag.").close();
    html.close();
  }

  private void tagTable(
      Html html, RepositoryName name, Request request, Optional<Repositories.FoundTags> found) {
    if (found.isEmpty()) {
      html.element("p", "Storage is slow. Reload the page in a few seconds.", "class", "none");
      return;
    }
    if (found.get().tags().isEmpty()) {
      html.element("p", "No tag has a name like this.", "class", "none");
      return;
    }
    Frame.table(html, "tags-h", "Tag", "Digest", "#Size", "#Set", "#Last use", "Action");
    found.get().tags().forEach(tag -> row(html, name, tag));
    Frame.endTable(html);
    Map<String, String> first = Map.of("name", name.value(), "q", request.text("q"));
    pager(
        html,
        PageAddress.REPOSITORY,
        request,
        found
            .get()
            .next()
            .map(next -> Map.of("name", name.value(), "q", request.text("q"), "after", next)),
        first);
  }

  private void row(Html html, RepositoryName name, TagSummary tag) {
    html.open("tr").element("td", tag.tag(), "class", "name").open("td");
    LiveParts.digest(html, tag.digest());
    html.close()
        .element("td", HumanReadable.size(tag.bytes()), "class", "n")
        .element("td", tag.set().map(time -> Text.ago(view.since(time))).orElse("–"), "class", "n")
        .element(
            "td",
            tag.lastUse().map(time -> Text.ago(view.since(time))).orElse("not cached"),
            "class",
            "n")
        .open("td");
    purgeLink(
        html,
        "tag " + tag.tag(),
        Map.of("repository", name.value(), "reference", tag.tag().value()));
    html.close().close();
  }
}
