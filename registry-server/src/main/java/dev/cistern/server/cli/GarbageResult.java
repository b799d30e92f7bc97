package dev.cistern.server.cli;

import dev.cistern.proxy.event.UnfinishedTransfers;
import dev.cistern.proxy.maintenance.Failure;
import dev.cistern.proxy.maintenance.Garbage;
import dev.cistern.proxy.maintenance.GarbageReport;
import dev.cistern.proxy.maintenance.Outcome;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.policy.PlannedEviction;
import dev.cistern.server.cli.GcCommand.Tense;
import java.io.PrintStream;
import java.util.Locale;

/** How a garbage collection is told. */
record GarbageResult(GarbageReport report, Limits limits, Tense tense) {

  void write(Json json) {
    UnfinishedTransfers unfinished = report.unfinished();
    json.is("dryRun", tense == Tense.WOULD)
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
    String verb = tense == Tense.WOULD ? "Would remove " : "Removed ";
    if (report.danglingLinks() > 0) {
      out.println(
          verb
              + Text.count(report.danglingLinks(), "link", "links")
              + " and tags whose content is gone");
    }
    if (report.unfinished().expired() > 0) {
      out.println(
          verb
              + Text.count(report.unfinished().expired(), "transfer", "transfers")
              + " that nobody came back for, "
              + Text.size(report.unfinished().expiredBytes()));
    }
    out.printf(
        "%s of %s %s; %s %s%n",
        Text.size(report.before().used()),
        limits.maxSize() == Long.MAX_VALUE ? "no limit" : Text.size(limits.maxSize()),
        tense == Tense.WOULD ? "used" : "were used",
        Text.size(report.after().used()),
        tense == Tense.WOULD ? "would be then" : "are now");
  }

  private void print(Garbage garbage, PrintStream out) {
    PlannedEviction content = garbage.eviction();
    boolean spared = tense == Tense.DONE && garbage.outcome() == Outcome.LEFT;
    out.printf(
        "%-10s  %-20s  %9s  %-71s  %s%s%n",
        reason(content.reason()),
        Text.time(content.lastUse()),
        Text.size(content.size()),
        content.digest(),
        Text.repositories(garbage.repositories()),
        spared ? " (still there)" : "");
  }

  private void printSum(EvictionReason reason, PrintStream out) {
    long count = 0;
    long cost = 0;
    for (Garbage garbage : report.contents()) {
      boolean counts = tense == Tense.WOULD || garbage.outcome() == Outcome.REMOVED;
      if (counts && garbage.eviction().reason() == reason) {
        count++;
        cost += garbage.eviction().cost();
      }
    }
    if (count > 0) {
      out.printf(
          "%s %s, %s: %s%n",
          tense == Tense.WOULD ? "Would remove" : "Removed",
          Text.count(count, "content", "contents"),
          Text.size(cost),
          explanation(reason));
    }
  }

  private static String reason(EvictionReason reason) {
    return switch (reason) {
      case IDLE -> "idle";
      case SIZE -> "size";
      case FREE_SPACE -> "free space";
    };
  }

  private String explanation(EvictionReason reason) {
    return switch (reason) {
      case IDLE -> "not used for " + Text.duration(limits.ttl()) + " (proxy.ttl)";
      case SIZE ->
          "least recently used, down to %d %% of %s (proxy.lowmark of proxy.maxsize)"
              .formatted(limits.lowMark(), Text.size(limits.maxSize()));
      case FREE_SPACE ->
          "least recently used, to leave %s free (proxy.minfree)"
              .formatted(Text.size(limits.minFree()));
    };
  }
}
