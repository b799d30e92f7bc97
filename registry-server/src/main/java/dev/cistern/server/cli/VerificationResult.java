package dev.cistern.server.cli;

import dev.cistern.proxy.maintenance.BrokenLink;
import dev.cistern.proxy.maintenance.Verification.Mode;
import dev.cistern.proxy.maintenance.VerificationReport;
import dev.cistern.proxy.maintenance.WrongContent;
import dev.cistern.proxy.report.Failure;
import dev.cistern.proxy.report.Outcome;
import dev.cistern.server.report.HumanReadable;
import dev.cistern.server.report.Json;
import java.io.PrintStream;
import java.util.Locale;

/** Prints the result of a verification. */
record VerificationResult(VerificationReport report, Mode mode) {

  void write(Json json) {
    json.is("dryRun", mode == Mode.REPORT)
        .is("clean", report.isClean())
        .put("contents", report.contents())
        .put("contentBytes", report.bytes())
        .objects("wrong", report.wrong(), VerificationResult::write)
        .objects("brokenLinks", report.brokenLinks(), VerificationResult::write)
        .put("danglingLinks", report.danglingLinks())
        .failures(report.failures());
  }

  private static void write(Json json, WrongContent content) {
    json.put("digest", content.digest())
        .put("actual", content.actual())
        .put("size", content.size())
        .repositories(content.repositories())
        .put("outcome", name(content.outcome()));
  }

  private static void write(Json json, BrokenLink link) {
    json.put("repository", link.repository())
        .put("key", link.key())
        .put("outcome", name(link.outcome()));
  }

  private static String name(Outcome outcome) {
    return outcome.name().toLowerCase(Locale.ROOT);
  }

  void print(PrintStream out, PrintStream err) {
    for (WrongContent content : report.wrong()) {
      out.printf(
          "wrong   %s  %s, in %s: %s%n",
          content.digest(),
          content.size() == 0
              ? "empty file"
              : HumanReadable.size(content.size()) + " with another digest",
          HumanReadable.repositories(content.repositories()),
          done(content.outcome()));
    }
    for (BrokenLink link : report.brokenLinks()) {
      out.printf("broken  %s: %s%n", link.key(), done(link.outcome()));
    }
    for (Failure failure : report.failures()) {
      err.printf("failed  %s: %s%n", failure.subject(), failure.message());
    }
    out.printf(
        "Verified %s, %s: %d wrong, %s, %s%n",
        HumanReadable.count(report.contents(), "blob or manifest", "blobs and manifests"),
        HumanReadable.size(report.bytes()),
        report.wrong().size(),
        HumanReadable.count(report.brokenLinks().size(), "broken link", "broken links"),
        HumanReadable.count(report.failures().size(), "failure", "failures"));
    if (report.danglingLinks() > 0) {
      out.printf(
          "%s %s without content%n",
          mode == Mode.REPAIR ? "Removed" : "Would remove",
          HumanReadable.count(report.danglingLinks(), "link or tag", "links and tags"));
    }
  }

  private static String done(Outcome outcome) {
    return switch (outcome) {
      case REMOVED -> "removed";
      case LEFT -> "not removed";
    };
  }
}
