package dev.cistern.server.admin;

import dev.cistern.proxy.report.DiskUsage;
import dev.cistern.proxy.report.TransferState;
import dev.cistern.server.report.HumanReadable;
import java.util.List;

/** The figures of the status page, and what was sent in the last hour. */
final class SummaryPart {

  private static final int CHART_HEIGHT = 40;
  private static final int BAR = 6;

  private final View view;

  SummaryPart(View view) {
    this.view = view;
  }

  void write(Html html) {
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

  String ofLimit(DiskUsage disk) {
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
                + " saved");
    for (int i = 0; i < minutes.size(); i++) {
      Traffic minute = minutes.get(i);
      long saved = height(Math.min(minute.savedBytes(), minute.sentBytes()), most);
      long sent = Math.max(saved, height(minute.sentBytes(), most));
      bar(html, i, CHART_HEIGHT - saved, saved, "saved");
      bar(html, i, CHART_HEIGHT - sent, sent - saved, "fetched");
    }
    html.close();
    html.open("figcaption")
        .element("span", "saved", "class", "key saved")
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
}
