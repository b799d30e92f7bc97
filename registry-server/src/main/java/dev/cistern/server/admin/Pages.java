package dev.cistern.server.admin;

import dev.cistern.api.Digest;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.maintenance.RepositorySummary;
import dev.cistern.proxy.maintenance.TagSummary;
import dev.cistern.server.admin.AdminHandler.Endpoint;
import dev.cistern.server.http.ImageName;
import dev.cistern.server.report.HumanReadable;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/** The pages: the status, the tags of a repository, and the question before a purge. */
final class Pages {

  private static final int REPOSITORIES = 20;
  private static final int TAGS = 50;

  private static final String STATUS = "/admin/";
  private static final String REPOSITORY = "/admin/repository";
  private static final String PURGE = "/admin/purge";

  private final View view;
  private final Actions actions;
  private final ClientAddress clients;
  private final String token;
  private final LiveParts parts;

  /**
   * @param token of the forms
   */
  Pages(View view, Actions actions, ClientAddress clients, String token) {
    this.view = view;
    this.actions = actions;
    this.clients = clients;
    this.token = token;
    parts = new LiveParts(view);
  }

  void addTo(Map<String, Endpoint> pages) {
    pages.put("/", request -> Answer.seeOther(STATUS));
    pages.put("/admin", request -> Answer.seeOther(STATUS));
    pages.put(STATUS, this::status);
    pages.put("/admin/live", request -> Answer.page(StatusCodes.OK, parts.all()));
    pages.put(REPOSITORY, this::repository);
    pages.put(PURGE, this::purge);
    StaticFiles.addTo(pages);
  }

  private String line(Request request) {
    return view.version()
        + " at "
        + clients.authority(request.host())
        + ", running for "
        + Text.duration(view.since(view.started()));
  }

  private Answer status(Request request) throws IOException {
    Optional<Repositories.Found> found =
        view.repositories().find(request.text("q"), request.text("after"), REPOSITORIES);
    Html page =
        Frame.page(
            "Cistern at " + request.host(),
            line(request),
            html -> {
              html.element("h1", "Status", "class", "hidden");
              parts.summary(html);
              html.open("div", "class", "columns").open("div", "class", "wide");
              parts.transfers(html);
              repositories(html, request, found);
              parts.disk(html);
              html.close().open("div", "class", "narrow");
              parts.upstreams(html);
              parts.peers(html);
              parts.stale(html);
              forms(html);
              parts.tasks(html);
              html.close().close();
              snippets(html, new Snippets(clients, request.host()));
            });
    return Answer.page(StatusCodes.OK, page);
  }

  private void repositories(Html html, Request request, Optional<Repositories.Found> found) {
    Frame.section(html, "repositories", "Repositories", "card");
    search(html, STATUS, "Search repositories", request.text("q"), Map.of());
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
          STATUS,
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
        .element("a", name, "href", link(REPOSITORY, Map.of("name", name)), "class", "name")
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
    html.element("a", "Purge", "href", link(PURGE, parameters), "aria-label", "Purge " + what);
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
      html.element("a", "First page", "href", link(path, first));
    }
    next.ifPresent(parameters -> html.element("a", "Next page", "href", link(path, parameters)));
    html.close();
  }

  private Answer repository(Request request) throws IOException, RegistryException {
    RepositoryName name = RepositoryName.parse(request.text("name"));
    Optional<Repositories.FoundTags> found =
        view.repositories().tags(name, request.text("q"), request.text("after"), TAGS);
    Html page =
        Frame.page(
            name + " in Cistern",
            line(request),
            html -> {
              html.element("h1", name, "class", "name");
              Frame.section(html, "tags", "Tags", "card");
              search(
                  html, REPOSITORY, "Search tags", request.text("q"), Map.of("name", name.value()));
              tags(html, name, request, found);
              html.open("p", "class", "after");
              purgeLink(html, "the whole repository", Map.of("repository", name.value()));
              html.text(" the whole repository, also what has no tag.").close();
              html.close();
            });
    return Answer.page(StatusCodes.OK, page);
  }

  private void tags(
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
        REPOSITORY,
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

  private void forms(Html html) {
    Frame.section(html, "warm", "Fetch an image", "card");
    html.open("form", "method", "post", "action", "/admin/warm", "class", "stack");
    token(html);
    html.open("label")
        .text("Image")
        .empty(
            "input",
            "name",
            "image",
            "required",
            "",
            "placeholder",
            "library/alpine:3.20",
            "autocomplete",
            "off",
            "maxlength",
            "512")
        .close()
        .open("label")
        .text("Platform")
        .open("select", "name", "platform")
        .element("option", "linux/amd64")
        .element("option", "linux/arm64")
        .element("option", "linux/arm/v7")
        .element("option", "all")
        .close()
        .close()
        .element("button", "Fetch")
        .close()
        .close();
    Frame.section(html, "gc", "Collect garbage", "card");
    html.element(
            "p",
            "Removes now what the limits require, and links without content. The cache does this by"
                + " itself every few minutes.",
            "class",
            "minor")
        .open("form", "method", "post", "action", "/admin/gc");
    token(html);
    html.element("button", "Collect garbage").close().close();
  }

  private void token(Html html) {
    html.empty("input", "type", "hidden", "name", "token", "value", token);
  }

  private static void snippets(Html html, Snippets snippets) {
    Frame.section(html, "clients", "Use this cache", "card");
    html.open("div", "class", "snippets");
    snippets
        .all()
        .forEach(
            (client, snippet) -> {
              html.open("details").element("summary", client);
              html.open("p", "class", "minor").element("code", snippet.path()).close();
              html.element(
                      "pre",
                      snippet.text(),
                      "tabindex",
                      "0",
                      "role",
                      "region",
                      "aria-label",
                      snippet.path())
                  .close();
            });
    html.close().close();
  }

  /** Asks before a purge. Works without a script. */
  private Answer purge(Request request) throws RegistryException {
    ImageName subject = actions.subject(request);
    Html page =
        Frame.page(
            "Purge " + subject,
            line(request),
            html -> {
              html.element("h1", "Purge?");
              html.open("section", "class", "card question", "aria-label", "Purge");
              html.open("p")
                  .text("Remove ")
                  .element("strong", subject, "class", "name")
                  .text(" from this cache?")
                  .close();
              html.element("p", consequence(subject.reference()), "class", "minor");
              html.open("form", "method", "post", "action", PURGE);
              token(html);
              hidden(html, "repository", subject.repository().value());
              subject
                  .reference()
                  .ifPresent(reference -> hidden(html, "reference", reference.toString()));
              html.element("button", "Purge", "class", "danger")
                  .text(" ")
                  .element("a", "Cancel", "href", STATUS)
                  .close()
                  .close();
            });
    return Answer.page(StatusCodes.OK, page);
  }

  private static void hidden(Html html, String name, String value) {
    html.empty("input", "type", "hidden", "name", name, "value", value);
  }

  private static String consequence(Optional<Reference> reference) {
    if (reference.isEmpty()) {
      return "All its tags, manifests and blobs are removed from this cache, and fetched again when a"
          + " client asks for them. The upstream keeps them.";
    }
    return reference.get() instanceof Digest
        ? "The manifest and its blobs are removed from this repository, unless another image uses"
            + " them. The next pull fetches them again."
        : "The tag and its image are removed from this cache, unless another tag names the image. The"
            + " next pull fetches it again. The upstream keeps it.";
  }

  private static String link(String path, Map<String, String> parameters) {
    StringBuilder link = new StringBuilder(path);
    parameters.entrySet().stream()
        .filter(parameter -> !parameter.getValue().isEmpty())
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            parameter ->
                link.append(link.indexOf("?") < 0 ? '?' : '&')
                    .append(parameter.getKey())
                    .append('=')
                    .append(URLEncoder.encode(parameter.getValue(), StandardCharsets.UTF_8)));
    return link.toString();
  }
}
