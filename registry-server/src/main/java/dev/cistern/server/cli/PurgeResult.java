package dev.cistern.server.cli;

import dev.cistern.proxy.maintenance.Failure;
import dev.cistern.proxy.maintenance.PurgeReport;
import dev.cistern.proxy.maintenance.PurgedContent;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** Prints the result of a purge. */
record PurgeResult(PurgeReport report, Mode mode) {

  /** Whether anything was removed. */
  enum Mode {
    DRY_RUN,
    NOW
  }

  void write(Json json) {
    json.is("dryRun", mode == Mode.DRY_RUN)
        .put("repository", report.repository())
        .strings("tags", report.tags().stream().map(Object::toString).toList())
        .put("bytes", report.bytes())
        .objects("contents", report.contents(), PurgeResult::write)
        .failures(report.failures());
  }

  private static void write(Json json, PurgedContent content) {
    json.put("digest", content.digest())
        .put("size", content.size())
        .repositories(content.elsewhere())
        .put("outcome", content.outcome().name().toLowerCase(Locale.ROOT));
  }

  void print(PrintStream out, PrintStream err) {
    String verb = mode == Mode.DRY_RUN ? "Would remove" : "Removed";
    if (!report.tags().isEmpty()) {
      out.printf(
          "%s %s from %s: %s%n",
          verb,
          HumanReadable.count(report.tags().size(), "tag", "tags"),
          report.repository(),
          String.join(", ", report.tags().stream().map(Object::toString).toList()));
    }
    List<PurgedContent> shared =
        report.contents().stream().filter(content -> !content.elsewhere().isEmpty()).toList();
    int own = report.contents().size() - shared.size() - report.failures().size();
    if (own > 0) {
      out.printf(
          "%s %s, %s%n",
          verb,
          HumanReadable.count(own, "blob or manifest", "blobs and manifests"),
          HumanReadable.size(report.bytes()));
    }
    if (!shared.isEmpty()) {
      out.printf(
          "%s from %s only, because other repositories have them: %s%n",
          verb,
          report.repository(),
          HumanReadable.count(shared.size(), "blob or manifest", "blobs and manifests"));
    }
    for (Failure failure : report.failures()) {
      err.printf("failed  %s: %s%n", failure.subject(), failure.message());
    }
  }
}
