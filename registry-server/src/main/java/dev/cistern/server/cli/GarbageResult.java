package dev.cistern.server.cli;

import dev.cistern.proxy.event.UnfinishedTransfers;
import dev.cistern.proxy.maintenance.Failure;
import dev.cistern.proxy.maintenance.Garbage;
import dev.cistern.proxy.maintenance.GarbageReport;
import dev.cistern.proxy.maintenance.Outcome;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.policy.PlannedEviction;
import dev.cistern.server.cli.GcCommand.Mode;
import java.io.PrintStream;
import java.util.Locale;

/** Prints the result of a garbage collection. */
record GarbageResult(GarbageReport report, Limits limits, Mode mode) {

  void write(Json json) {
    UnfinishedTransfers unfinished = report.unfinished();
    json.is("dryRun", mode == Mode.DRY_RUN)
        .usage("before", report.before())
        .usage("after", report.after())
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

  void print(PrintStream out, PrintStream err) {
    if (!report.contents().isEmpty()) {
      out.printf("%-10s  %-20s  %9s  %-71s  %s%n", "REASON", "LAST USE", "SIZE", "CONTENT", "IN");
      report.contents().forEach(garbage -> print(garbage, out));
      out.println();
    }
    for (Failure failure : report.failures()) {
      err.printf("failed  %s: %s%n", failure.subject(), failure.message());
    }
    for (EvictionReason reason : EvictionReason.values()) {
      printSum(reason, out);
    }
    if (report.danglingLinks() > 0) {
      out.printf(
          "%s %s without content%n",
          verb(), HumanReadable.count(report.danglingLinks(), "link or tag", "links and tags"));
    }
    UnfinishedTransfers unfinished = report.unfinished();
    if (unfinished.expired() > 0) {
      out.printf(
          "%s %s, %s: not resumed within a day%n",
          verb(),
          HumanReadable.count(unfinished.expired(), "unfinished fetch", "unfinished fetches"),
          HumanReadable.size(unfinished.expiredBytes()));
    }
    printUsage(out);
  }

  private String verb() {
    return mode == Mode.DRY_RUN ? "Would remove" : "Removed";
  }

  private void printUsage(PrintStream out) {
    String before = HumanReadable.usage(report.before().used(), limits.maxSize());
    String after = HumanReadable.usage(report.after().used(), limits.maxSize());
    if (report.contents().isEmpty()
        && report.danglingLinks() == 0
        && report.unfinished().expired() == 0) {
      out.println("Nothing to remove; " + before);
    } else if (mode == Mode.DRY_RUN) {
      out.printf("Now %s; after gc --now %s%n", before, after);
    } else {
      out.printf("Before %s; now %s%n", before, after);
    }
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

  private void printSum(EvictionReason reason, PrintStream out) {
    long count = 0;
    long cost = 0;
    for (Garbage garbage : report.contents()) {
      boolean counts = mode == Mode.DRY_RUN || garbage.outcome() == Outcome.REMOVED;
      if (counts && garbage.eviction().reason() == reason) {
        count++;
        cost += garbage.eviction().cost();
      }
    }
    if (count > 0) {
      out.printf(
          "%s %s, %s: %s%n",
          verb(),
          HumanReadable.count(count, "blob or manifest", "blobs and manifests"),
          HumanReadable.size(cost),
          explanation(reason));
    }
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
