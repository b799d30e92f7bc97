package dev.cistern.server.admin;

import dev.cistern.api.Digest;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.server.admin.AdminHandler.Endpoint;
import dev.cistern.server.http.ImageName;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** The pages: the status, the tags of a repository, and the question before a purge. */
final class Pages {

  private static final int REPOSITORIES = 20;
  private static final int TAGS = 50;

  private final View view;
  private final Actions actions;
  private final ClientAddress clients;
  private final String token;
  private final LiveParts parts;
  private final ImageLists lists;

  /**
   * @param token of the forms
   */
  Pages(View view, Actions actions, ClientAddress clients, String token) {
    this.view = view;
    this.actions = actions;
    this.clients = clients;
    this.token = token;
    parts = new LiveParts(view);
    lists = new ImageLists(view);
  }

  void addTo(Map<String, Endpoint> pages) {
    pages.put("/", request -> Answer.seeOther(PageAddress.STATUS));
    pages.put("/admin", request -> Answer.seeOther(PageAddress.STATUS));
    pages.put(PageAddress.STATUS, this::status);
    pages.put("/admin/live", request -> Answer.page(StatusCodes.OK, parts.all()));
    pages.put(PageAddress.REPOSITORY, this::repository);
    pages.put(PageAddress.PURGE, this::purge);
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
              lists.repositories(html, request, found);
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
              lists.tags(html, name, request, found);
            });
    return Answer.page(StatusCodes.OK, page);
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
              html.open("form", "method", "post", "action", PageAddress.PURGE);
              token(html);
              hidden(html, "repository", subject.repository().value());
              subject
                  .reference()
                  .ifPresent(reference -> hidden(html, "reference", reference.toString()));
              html.element("button", "Purge", "class", "danger")
                  .text(" ")
                  .element("a", "Cancel", "href", PageAddress.STATUS)
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
}
