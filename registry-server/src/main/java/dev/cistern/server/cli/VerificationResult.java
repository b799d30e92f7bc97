package dev.cistern.server.cli;

import dev.cistern.proxy.maintenance.BrokenLink;
import dev.cistern.proxy.maintenance.Failure;
import dev.cistern.proxy.maintenance.Outcome;
import dev.cistern.proxy.maintenance.Verification.Mode;
import dev.cistern.proxy.maintenance.VerificationReport;
import dev.cistern.proxy.maintenance.WrongContent;
import java.io.PrintStream;
import java.util.Locale;

/** How a verification is told. */
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
          content.size() == 0 ? "is empty" : Text.size(content.size()) + " of other bytes",
          Text.repositories(content.repositories()),
          name(content.outcome()));
    }
    for (BrokenLink link : report.brokenLinks()) {
      out.printf("broken  %s: %s%n", link.key(), name(link.outcome()));
    }
    for (Failure failure : report.failures()) {
      err.printf("failed  %s: %s%n", failure.subject(), failure.message());
    }
    out.printf(
        "%s of %s read: %d wrong, %s, %s%n",
        Text.count(report.contents(), "content", "contents"),
        Text.size(report.bytes()),
        report.wrong().size(),
        Text.count(report.brokenLinks().size(), "broken link", "broken links"),
        Text.count(report.failures().size(), "failure", "failures"));
    if (report.danglingLinks() > 0) {
      out.printf(
          "%s to content that is gone %s%n",
          Text.count(report.danglingLinks(), "link", "links"),
          mode == Mode.REPAIR ? "removed" : "would be removed");
    }
  }
}
