package dev.cistern.server.report;

import dev.cistern.proxy.maintenance.PurgeReport;
import dev.cistern.proxy.maintenance.PurgedContent;
import dev.cistern.proxy.report.Failure;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Prints the result of a purge.
 *
 * @param name of what was to be removed, as the operator wrote it
 */
public record PurgeResult(PurgeReport report, String name, Mode mode) {

  /** Whether anything was removed. */
  public enum Mode {
    DRY_RUN,
    NOW
  }

  /** The members of the result. */
  public void write(Json json) {
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

  /** Prints the result. */
  public void print(PrintStream out, PrintStream err) {
    lines().forEach(out::println);
    for (Failure failure : report.failures()) {
      err.printf("failed  %s: %s%n", failure.subject(), failure.message());
    }
  }

  /** The result in one line. */
  public String text() {
    return Lines.joined(lines(), report.failures());
  }

  private List<String> lines() {
    if (report.isEmpty()) {
      return List.of(
          "Nothing is cached under %s, in repository %s".formatted(name, report.repository()));
    }
    List<String> lines = new ArrayList<>();
    String verb = mode == Mode.DRY_RUN ? "Would remove" : "Removed";
    if (!report.tags().isEmpty()) {
      lines.add(
          "%s %s from %s: %s"
              .formatted(
                  verb,
                  HumanReadable.count(report.tags().size(), "tag", "tags"),
                  report.repository(),
                  String.join(", ", report.tags().stream().map(Object::toString).toList())));
    }
    List<PurgedContent> shared =
        report.contents().stream().filter(content -> !content.elsewhere().isEmpty()).toList();
    int own = report.contents().size() - shared.size() - report.failures().size();
    if (own > 0) {
      lines.add(
          "%s %s, %s"
              .formatted(
                  verb,
                  HumanReadable.count(own, "blob or manifest", "blobs and manifests"),
                  HumanReadable.size(report.bytes())));
    }
    if (!shared.isEmpty()) {
      lines.add(
          "%s from %s only, because other repositories have them: %s"
              .formatted(
                  verb,
                  report.repository(),
                  HumanReadable.count(shared.size(), "blob or manifest", "blobs and manifests")));
    }
    return lines;
  }
}
