package dev.cistern.server.admin;

import dev.cistern.api.Digest;
import dev.cistern.proxy.event.ContentUse;
import dev.cistern.proxy.event.DiskUsage;
import dev.cistern.proxy.event.TransferState;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.server.admin.UpstreamState.Allowance;
import dev.cistern.server.admin.UpstreamState.Event;
import dev.cistern.server.cli.HumanReadable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The parts of the status page that change while one looks at it. Each is written as a whole, for
 * the page and for its renewal.
 */
final class LiveParts {

  private static final int MOST_TRANSFERS = 50;
  private static final int MOST_STALE = 20;
  private static final int MOST_TASKS = 8;
  private static final int CHART_HEIGHT = 40;
  private static final int BAR = 6;

  private final View view;

  LiveParts(View view) {
    this.view = view;
  }

  /** All of them, for a page that has them already. */
  Html all() {
    Html html = Html.document().open("body");
    summary(html);
    transfers(html);
    upstreams(html);
    disk(html);
    stale(html);
    tasks(html);
    return html.close().close();
  }

  void summary(Html html) {
    Frame.live(html, "summary");
    Traffic hour = view.traffic().last(TrafficHistory.HOUR);
    Traffic day = view.traffic().last(TrafficHistory.DAY);
    DiskUsage disk = view.cache().diskUsage();
    List<TransferState> transfers = view.cache().transfers();
    List<UpstreamState> upstreams = view.upstreams().all();
    long failing =
        upstreams.stream()
            .filter(upstream -> upstream.down().isPresent() || upstream.hasFailedLast())
            .count();
    html.open("dl", "class", "figures");
    figure(
        html,
        "Saved in the last hour",
        HumanReadable.size(hour.savedBytes()),
        HumanReadable.size(day.savedBytes()) + " in the last day");
    figure(
        html,
        "Hit rate in the last hour",
        Text.percent(hour.hitPercent()),
        Text.percent(day.hitPercent()) + " in the last day");
    figure(
        html,
        "Fetching",
        Text.count(transfers.size(), "blob", "blobs"),
        Text.count(
            transfers.stream().mapToLong(TransferState::readers).sum(), "reader", "readers"));
    figure(html, "On disk", HumanReadable.size(disk.used()), ofLimit(disk));
    figure(
        html,
        "Upstreams",
        failing == 0 ? "All answer" : Text.count(failing) + " failing",
        "of " + Text.count(upstreams.size(), "upstream", "upstreams"));
    html.close();
    chart(html);
    html.close();
  }

  private static void figure(Html html, String name, String value, String more) {
    html.open("div")
        .element("dt", name)
        .element("dd", value, "class", "value")
        .element("dd", more, "class", "more")
        .close();
  }

  private String ofLimit(DiskUsage disk) {
    long limit = view.cache().limits().maxSize();
    return limit == Long.MAX_VALUE
        ? "no limit"
        : Text.percent(100.0 * disk.used() / limit) + " of " + HumanReadable.size(limit);
  }

  /** Bytes sent in each minute of the last hour: saved below, fetched above. */
  private void chart(Html html) {
    List<Traffic> minutes = view.traffic().byMinute(TrafficHistory.HOUR);
    long most = Math.max(1, minutes.stream().mapToLong(Traffic::sentBytes).max().orElse(1));
    Traffic hour = view.traffic().last(TrafficHistory.HOUR);
    html.open("figure", "class", "chart")
        .open(
            "svg",
            "viewBox",
            "0 0 " + BAR * TrafficHistory.HOUR + " " + CHART_HEIGHT,
            "preserveAspectRatio",
            "none",
            "role",
            "img",
            "aria-label",
            "Sent to clients in the last hour: "
                + HumanReadable.size(hour.sentBytes())
                + ", of which "
                + HumanReadable.size(hour.savedBytes())
                + " from the cache");
    for (int i = 0; i < minutes.size(); i++) {
      Traffic minute = minutes.get(i);
      long saved = height(Math.min(minute.savedBytes(), minute.sentBytes()), most);
      long sent = Math.max(saved, height(minute.sentBytes(), most));
      bar(html, i, CHART_HEIGHT - saved, saved, "saved");
      bar(html, i, CHART_HEIGHT - sent, sent - saved, "fetched");
    }
    html.close();
    html.open("figcaption")
        .element("span", "from the cache", "class", "key saved")
        .text(" ")
        .element("span", "fetched", "class", "key fetched")
        .element(
            "span",
            "sent in each minute of the last hour, at most "
                + HumanReadable.size(most <= 1 ? 0 : most))
        .close()
        .close();
  }

  private static long height(long bytes, long most) {
    return bytes == 0 ? 0 : Math.max(1, Math.round((double) CHART_HEIGHT * bytes / most));
  }

  private static void bar(Html html, int index, long y, long height, String cssClass) {
    if (height > 0) {
      html.open(
              "rect",
              "x",
              Integer.toString(index * BAR),
              "y",
              Long.toString(y),
              "width",
              Integer.toString(BAR - 1),
              "height",
              Long.toString(height),
              "class",
              cssClass)
          .close();
    }
  }

  void transfers(Html html) {
    Frame.live(html, "transfers");
    Frame.section(html, "transfers", "Fetches in progress", "card");
    List<TransferState> transfers = view.transfers();
    if (transfers.isEmpty()) {
      html.element("p", "Nothing is being fetched.", "class", "none");
    } else {
      Frame.table(html, "transfers-h", "Blob", "Progress", "#Received", "#Readers", "#Time");
      transfers.stream().limit(MOST_TRANSFERS).forEach(transfer -> transfer(html, transfer));
      Frame.endTable(html);
      if (transfers.size() > MOST_TRANSFERS) {
        html.element(
            "p",
            "and " + Text.count(transfers.size() - MOST_TRANSFERS, "other", "others"),
            "class",
            "none");
      }
    }
    html.close().close();
  }

  private static void transfer(Html html, TransferState transfer) {
    html.open("tr").open("td").element("span", transfer.transfer().repository(), "class", "name");
    digest(html, transfer.transfer().digest());
    html.element("span", " from " + transfer.transfer().upstream(), "class", "minor").close();
    html.open("td", "class", "progress");
    switch (transfer.phase()) {
      case WAITING -> html.element("span", "waiting for its turn", "class", "minor");
      case STORING -> html.element("span", "being stored", "class", "minor");
      case RECEIVING -> bar(html, transfer);
    }
    html.close()
        .element("td", received(transfer), "class", "n")
        .element("td", Text.count(transfer.readers()), "class", "n")
        .element("td", Text.duration(transfer.age()), "class", "n")
        .close();
  }

  private static void bar(Html html, TransferState transfer) {
    String label = "Fetch of " + Text.digest(transfer.transfer().digest());
    if (transfer.size().isPresent() && transfer.size().getAsLong() > 0) {
      long size = transfer.size().getAsLong();
      String percent = 100 * transfer.received() / size + " %";
      html.element(
              "progress",
              percent,
              "max",
              Long.toString(size),
              "value",
              Long.toString(transfer.received()),
              "aria-label",
              label)
          .element("span", percent, "class", "percent");
    } else {
      html.element("progress", "size unknown", "aria-label", label)
          .element("span", "size unknown", "class", "percent");
    }
  }

  private static String received(TransferState transfer) {
    String received = HumanReadable.size(transfer.received());
    return transfer.size().isPresent()
        ? received + " of " + HumanReadable.size(transfer.size().getAsLong())
        : received;
  }

  static void digest(Html html, Digest digest) {
    html.element("code", Text.digest(digest), "title", digest.toString());
  }

  void upstreams(Html html) {
    Frame.live(html, "upstreams");
    Frame.section(html, "upstreams", "Upstreams", "card");
    html.open("ul", "class", "upstreams");
    view.upstreams().all().forEach(upstream -> upstream(html, upstream));
    html.close().close().close();
  }

  private void upstream(Html html, UpstreamState upstream) {
    boolean down = upstream.down().isPresent();
    html.open("li")
        .open("p")
        .element("span", state(upstream), "class", badge(upstream))
        .element("strong", title(upstream))
        .element("span", names(upstream), "class", "minor")
        .close();
    html.open("p", "class", "minor facts");
    upstream
        .latency()
        .ifPresent(
            latency ->
                fact(
                    html,
                    "median "
                        + Text.latency(latency.median())
                        + ", slowest "
                        + Text.latency(latency.most())));
    upstream.lastAnswer().ifPresent(time -> fact(html, "last answer " + ago(time)));
    fact(html, Text.count(upstream.failed(), "failure", "failures"));
    html.close();
    upstream.rateLimit().ifPresent(allowance -> allowance(html, upstream, allowance));
    upstream.down().ifPresent(event -> error(html, "Failing since " + ago(event.time()), event));
    if (!down) {
      upstream
          .lastFailure()
          .ifPresent(event -> error(html, "Last error " + ago(event.time()), event));
    }
    html.close();
  }

  private static String state(UpstreamState upstream) {
    if (upstream.down().isPresent()) {
      return "failing";
    }
    if (upstream.hasFailedLast()) {
      return "errors";
    }
    return upstream.lastAnswer().isPresent() ? "answers" : "not asked yet";
  }

  private static String badge(UpstreamState upstream) {
    if (upstream.down().isPresent() || upstream.hasFailedLast()) {
      return "badge bad";
    }
    return upstream.lastAnswer().isPresent() ? "badge good" : "badge";
  }

  private static String title(UpstreamState upstream) {
    return upstream.registries().isEmpty()
        ? upstream.name()
        : String.join(", ", upstream.registries());
  }

  private static String names(UpstreamState upstream) {
    return upstream.registries().isEmpty() || title(upstream).equals(upstream.name())
        ? ""
        : " " + upstream.name();
  }

  private static void fact(Html html, String fact) {
    html.element("span", fact);
  }

  private void allowance(Html html, UpstreamState upstream, Allowance allowance) {
    long limit = allowance.limit().limit();
    long left = Math.min(limit, allowance.limit().remaining());
    html.open("p", "class", "allowance")
        .element(
            "progress",
            left + " of " + limit,
            "max",
            Long.toString(limit),
            "value",
            Long.toString(left),
            "aria-label",
            "Pulls left at " + upstream.name())
        .element(
            "span",
            Text.count(left) + " of " + Text.count(limit) + " pulls left" + reset(allowance),
            "class",
            "minor")
        .close();
  }

  private String reset(Allowance allowance) {
    Optional<Instant> reset = allowance.reset();
    if (reset.isEmpty()) {
      return "";
    }
    Duration left = Duration.between(view.clock().instant(), reset.get());
    return left.isNegative() ? "; probably all again" : "; all again in " + Text.duration(left);
  }

  private static void error(Html html, String when, Event event) {
    html.open("p", "class", "error").element("strong", when).text(" " + event.text()).close();
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
              ofLimit(disk),
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
        .element(
            "span",
            limits.ttl().isZero()
                ? "unused content stays"
                : "removed after " + HumanReadable.days(limits.ttl()) + " unused");
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
