package dev.cistern.server.report;

import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.policy.PlannedEviction;
import dev.cistern.proxy.report.Failure;
import dev.cistern.proxy.report.Garbage;
import dev.cistern.proxy.report.GarbageReport;
import dev.cistern.proxy.report.GarbageReport.Evicted;
import dev.cistern.proxy.report.Outcome;
import dev.cistern.proxy.report.UnfinishedTransfers;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Prints the result of a garbage collection. */
public record GarbageResult(GarbageReport report, Limits limits, Mode mode) {

  /** Whether content was removed, or only shown. */
  public enum Mode {
    DRY_RUN,
    NOW
  }

  /** The members of the result. */
  public void write(Json json) {
    UnfinishedTransfers unfinished = report.unfinished();
    json.is("dryRun", mode == Mode.DRY_RUN)
        .usage("before", report.before())
        .usage("after", report.after())
        .object(
            "evicted",
            in -> in.put("contents", report.evictedContents()).put("bytes", report.evictedBytes()))
        .objects("contents", report.contents(), GarbageResult::write)
        .put("danglingLinks", report.danglingLinks())
        .object(
            "expiredTransfers",
            in -> in.put("count", unfinished.expired()).put("bytes", unfinished.expiredBytes()))
        .failures(report.failures());
  }

  private static void write(Json json, Garbage garbage) {
    PlannedEviction content = garbage.eviction();
    json.put("digest", content.digest())
        .put("reason", content.reason().name().toLowerCase(Locale.ROOT))
        .put("size", content.size())
        .put("lastUse", content.lastUse())
        .repositories(garbage.repositories())
        .put("outcome", garbage.outcome().name().toLowerCase(Locale.ROOT));
  }

  /** Prints the result. */
  public void print(PrintStream out, PrintStream err) {
    if (!report.contents().isEmpty()) {
      out.printf("%-10s  %-20s  %9s  %-71s  %s%n", "REASON", "LAST USE", "SIZE", "CONTENT", "IN");
      report.contents().forEach(garbage -> print(garbage, out));
      out.println();
    }
    for (Failure failure : report.failures()) {
      err.printf("failed  %s: %s%n", failure.subject(), failure.message());
    }
    lines().forEach(out::println);
  }

  /** The result in one line. */
  public String text() {
    return Lines.joined(lines(), report.failures());
  }

  private List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (Evicted sum : report.evicted()) {
      lines.add(
          "%s %s, %s: %s"
              .formatted(
                  verb(),
                  HumanReadable.count(sum.contents(), "blob or manifest", "blobs and manifests"),
                  HumanReadable.size(sum.bytes()),
                  explanation(sum.reason())));
    }
    if (report.danglingLinks() > 0) {
      lines.add(
          "%s %s without content"
              .formatted(
                  verb(),
                  HumanReadable.count(report.danglingLinks(), "link or tag", "links and tags")));
    }
    UnfinishedTransfers unfinished = report.unfinished();
    if (unfinished.expired() > 0) {
      lines.add(
          "%s %s, %s: not resumed within a day"
              .formatted(
                  verb(),
                  HumanReadable.count(
                      unfinished.expired(), "unfinished fetch", "unfinished fetches"),
                  HumanReadable.size(unfinished.expiredBytes())));
    }
    lines.add(usage());
    return lines;
  }

  private String verb() {
    return mode == Mode.DRY_RUN ? "Would remove" : "Removed";
  }

  private String usage() {
    String before = HumanReadable.usage(report.before().used(), limits.maxSize());
    String after = HumanReadable.usage(report.after().used(), limits.maxSize());
    // The contents may be missing although some were evicted, if the links could not be listed.
    if (report.contents().isEmpty()
        && report.evicted().isEmpty()
        && report.danglingLinks() == 0
        && report.unfinished().expired() == 0) {
      return "Nothing to remove; " + before;
    }
    return mode == Mode.DRY_RUN
        ? "Now %s; after gc --now %s".formatted(before, after)
        : "Before %s; now %s".formatted(before, after);
  }

  private void print(Garbage garbage, PrintStream out) {
    PlannedEviction content = garbage.eviction();
    boolean left = mode == Mode.NOW && garbage.outcome() == Outcome.LEFT;
    out.printf(
        "%-10s  %-20s  %9s  %-71s  %s%s%n",
        reason(content.reason()),
        HumanReadable.time(content.lastUse()),
        HumanReadable.size(content.size()),
        content.digest(),
        HumanReadable.repositories(garbage.repositories()),
        left ? " (not removed)" : "");
  }

  private static String reason(EvictionReason reason) {
    return switch (reason) {
      case IDLE -> "idle";
      case SIZE -> "size";
      case FREE_SPACE -> "free space";
      case PURGED -> "purged";
    };
  }

  private String explanation(EvictionReason reason) {
    return switch (reason) {
      case IDLE -> "unused for " + HumanReadable.days(limits.ttl()) + " (proxy.ttl)";
      case SIZE ->
          "least recently used, down to %d%% of %s (proxy.lowmark of proxy.maxsize)"
              .formatted(limits.lowMark(), HumanReadable.size(limits.maxSize()));
      case FREE_SPACE ->
          "least recently used, to leave %s free (proxy.minfree)"
              .formatted(HumanReadable.size(limits.minFree()));
      case PURGED -> "removed by an operator";
    };
  }
}
