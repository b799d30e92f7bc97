package dev.cistern.server.admin;

import java.util.function.Consumer;

/** What all pages have: the head, the name of the server, the end. */
final class Frame {

  private Frame() {}

  /**
   * A page.
   *
   * @param title of this page
   * @param line about the server, below its name
   * @param content writes what is in {@code main}
   */
  static Html page(String title, String line, Consumer<Html> content) {
    Html html = Html.document();
    html.open("head")
        .empty("meta", "charset", "utf-8")
        .element("title", title)
        .empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
        .empty("meta", "name", "color-scheme", "content", "light dark")
        .empty("link", "rel", "icon", "href", "/admin/icon.svg", "type", "image/svg+xml")
        .empty("link", "rel", "stylesheet", "href", "/admin/style.css")
        .open("script", "src", "/admin/page.js", "defer", "")
        .close()
        .close();
    html.open("body")
        .element("a", "Skip to the content", "href", "#main", "class", "skip")
        .open("header")
        .open("p", "class", "brand")
        .element("a", "Cistern", "href", "/admin/")
        .close()
        .element("p", line, "class", "line")
        .open("p", "id", "live-state", "class", "live", "role", "status")
        .element("a", "Status", "href", "/admin/")
        .close()
        .close();
    html.open("main", "id", "main");
    content.accept(html);
    return html.close().close().close();
  }

  /** A section with a heading, which names it. */
  static Html section(Html html, String id, String heading, String cssClass) {
    return html.open("section", "aria-labelledby", id + "-h", "class", cssClass)
        .element("h2", heading, "id", id + "-h");
  }

  /** A part of a page that is renewed while the page is open. */
  static Html live(Html html, String id) {
    return html.open("div", "id", id, "data-live", "");
  }

  /** A table that scrolls by itself if it is too wide, with its column names. */
  static Html table(Html html, String labelledBy, String... columns) {
    html.open(
            "div",
            "class",
            "scroll",
            "tabindex",
            "0",
            "role",
            "group",
            "aria-labelledby",
            labelledBy)
        .open("table")
        .open("thead")
        .open("tr");
    for (String column : columns) {
      boolean isNumber = column.startsWith("#");
      html.element(
          "th",
          isNumber ? column.substring(1) : column,
          "scope",
          "col",
          "class",
          isNumber ? "n" : "t");
    }
    return html.close().close().open("tbody");
  }

  /** Ends a table. */
  static Html endTable(Html html) {
    return html.close().close().close();
  }
}
