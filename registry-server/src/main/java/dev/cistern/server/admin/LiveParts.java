package dev.cistern.server.admin;

import dev.cistern.api.Digest;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.report.ContentUse;
import dev.cistern.proxy.report.DiskUsage;
import dev.cistern.server.report.HumanReadable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * The parts of the status page that change while one looks at it. Each is written as a whole, for
 * the page and for its renewal.
 */
final class LiveParts {

  private static final int MOST_STALE = 20;
  private static final int MOST_TASKS = 8;

  private final View view;
  private final SummaryPart summary;
  private final TransfersPart transfers;
  private final UpstreamsPart upstreams;
  private final PeersPart peers;

  LiveParts(View view) {
    this.view = view;
    summary = new SummaryPart(view);
    transfers = new TransfersPart(view);
    upstreams = new UpstreamsPart(view);
    peers = new PeersPart(view);
  }

  /** All of them, for a page that has them already. */
  Html all() {
    Html html = Html.document().open("body");
    summary(html);
    transfers(html);
    upstreams(html);
    peers(html);
    disk(html);
    stale(html);
    tasks(html);
    return html.close().close();
  }

  void summary(Html html) {
    summary.write(html);
  }

  void transfers(Html html) {
    transfers.write(html);
  }

  void upstreams(Html html) {
    upstreams.write(html);
  }

  void peers(Html html) {
    peers.write(html);
  }

  static void digest(Html html, Digest digest) {
    html.element("code", Text.digest(digest), "title", digest.toString());
  }

  void disk(Html html) {
    Frame.live(html, "disk");
    Frame.section(html, "disk", "Disk", "card");
    DiskUsage disk = view.cache().diskUsage();
    Limits limits = view.cache().limits();
    if (limits.maxSize() < Long.MAX_VALUE) {
      html.open("p")
          .element(
              "progress",
              summary.ofLimit(disk),
              "max",
              Long.toString(limits.maxSize()),
              "value",
              Long.toString(disk.used()),
              "aria-label",
              "Disk used")
          .close();
    }
    html.open("p", "class", "facts")
        .element("span", HumanReadable.usage(disk.used(), limits.maxSize()))
        .element("span", Text.count(disk.contents(), "blob or manifest", "blobs and manifests"))
        .element("span", HumanReadable.expiry(limits.ttl()));
    if (!disk.indexed()) {
      html.element("span", "still counting");
    }
    html.close();
    List<ContentUse> next = view.nextEvictions();
    if (!next.isEmpty()) {
      html.element("h3", "Evicted next", "id", "next-h");
      Frame.table(html, "next-h", "Content", "#Size", "#Last use", "When");
      for (ContentUse content : next) {
        html.open("tr").open("td");
        digest(html, content.digest());
        html.close()
            .element("td", HumanReadable.size(content.size()), "class", "n")
            .element("td", ago(content.lastUse()), "class", "n")
            .element("td", when(limits, content), "class", "minor")
            .close();
      }
      Frame.endTable(html);
    }
    html.close().close();
  }

  private String when(Limits limits, ContentUse content) {
    String full = limits.maxSize() < Long.MAX_VALUE || limits.minFree() > 0 ? "when full" : "never";
    if (limits.ttl().isZero()) {
      return full;
    }
    Duration left = limits.ttl().minus(view.since(content.lastUse()));
    return left.isNegative() ? "at the next sweep" : "in " + Text.duration(left);
  }

  void stale(Html html) {
    Frame.live(html, "stale");
    Frame.section(html, "stale", "Served stale", "card");
    List<StaleAnswer> stale = view.stale().all();
    if (stale.isEmpty()) {
      html.element("p", "Nothing is served stale.", "class", "none");
    } else {
      html.open("ul", "class", "plain");
      for (StaleAnswer answer : stale.subList(0, Math.min(MOST_STALE, stale.size()))) {
        html.open("li")
            .element("strong", answer.subject(), "class", "name")
            .element(
                "span",
                " "
                    + Text.duration(answer.age())
                    + " old, "
                    + Text.count(answer.count(), "answer", "answers")
                    + ", last "
                    + ago(answer.last()),
                "class",
                "minor")
            .element("p", answer.reason(), "class", "error")
            .close();
      }
      html.close();
    }
    html.close().close();
  }

  void tasks(Html html) {
    Frame.live(html, "tasks");
    Frame.section(html, "tasks", "Actions", "card");
    List<Task> tasks = view.tasks().all();
    if (tasks.isEmpty()) {
      html.element("p", "No action since the start.", "class", "none");
    } else {
      html.open("ul", "class", "plain");
      for (Task task : tasks.subList(0, Math.min(MOST_TASKS, tasks.size()))) {
        html.open("li")
            .element("span", JsonAnswers.lower(task.state()), "class", badge(task.state()))
            .element("strong", JsonAnswers.lower(task.kind()) + " ")
            .element("span", task.subject(), "class", "name")
            .element("span", " " + ago(task.ended().orElse(task.started())), "class", "minor");
        if (!task.detail().isEmpty()) {
          html.element(
              "p", task.detail(), "class", task.state() == Task.State.FAILED ? "error" : "minor");
        }
        html.close();
      }
      html.close();
    }
    html.close().close();
  }

  private static String badge(Task.State state) {
    return switch (state) {
      case DONE -> "badge good";
      case FAILED -> "badge bad";
      case RUNNING -> "badge busy";
      case WAITING -> "badge";
    };
  }

  private String ago(Instant time) {
    return Text.ago(view.since(time));
  }
}
