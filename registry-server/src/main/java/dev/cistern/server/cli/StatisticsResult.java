package dev.cistern.server.cli;

import dev.cistern.proxy.maintenance.KeptContent;
import dev.cistern.proxy.maintenance.StoreStatistics;
import dev.cistern.proxy.policy.Limits;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** Prints statistics. */
record StatisticsResult(StoreStatistics statistics, Limits limits) {

  void write(Json json) {
    StoreStatistics.Counts counts = statistics.counts();
    json.put("blobs", counts.blobs())
        .put("manifests", counts.manifests())
        .put("repositories", counts.repositories())
        .put("tags", counts.tags())
        .object(
            "disk",
            disk ->
                disk.put("contentBytes", statistics.usage().bytes())
                    .put("usedBytes", statistics.usage().used())
                    .put(
                        "unfinishedBytes",
                        statistics.unfinished().keptBytes()
                            + statistics.unfinished().expiredBytes())
                    .put("freeBytes", statistics.free()))
        .object(
            "limits",
            in ->
                in.put(
                        "maxsize",
                        isUnlimited() ? OptionalLong.empty() : OptionalLong.of(limits.maxSize()))
                    .put("highmark", limits.highMark())
                    .put("lowmark", limits.lowMark())
                    .put("minfree", limits.minFree())
                    .put("ttlSeconds", limits.ttl().toSeconds())
                    .strings("pin", limits.pins()))
        .objects("largest", statistics.largest(), StatisticsResult::write)
        .objects("oldest", statistics.oldest(), StatisticsResult::write);
  }

  private static void write(Json json, KeptContent content) {
    json.put("digest", content.digest())
        .put("kind", content.kind().name().toLowerCase(Locale.ROOT))
        .put("size", content.size())
        .put("lastUse", content.lastUse())
        .repositories(content.repositories());
  }

  private boolean isUnlimited() {
    return limits.maxSize() == Long.MAX_VALUE;
  }

  void print(PrintStream out) {
    StoreStatistics.Counts counts = statistics.counts();
    line(
        out,
        "content",
        "%s: %s, %s"
            .formatted(
                HumanReadable.size(statistics.usage().bytes()),
                HumanReadable.count(counts.blobs(), "blob", "blobs"),
                HumanReadable.count(counts.manifests(), "manifest", "manifests")));
    line(
        out,
        "names",
        "%s, %s"
            .formatted(
                HumanReadable.count(counts.repositories(), "repository", "repositories"),
                HumanReadable.count(counts.tags(), "tag", "tags")));
    long unfinished = statistics.unfinished().keptBytes() + statistics.unfinished().expiredBytes();
    if (unfinished > 0) {
      line(out, "unfinished", HumanReadable.size(unfinished) + " of unfinished fetches");
    }
    line(
        out,
        "on disk",
        HumanReadable.usage(statistics.usage().used(), limits.maxSize())
            + (statistics.free().isPresent()
                ? ", " + HumanReadable.size(statistics.free().getAsLong()) + " free"
                : ""));
    line(
        out,
        "expiry",
        limits.ttl().isZero()
            ? "none, unused content stays"
            : "removed after " + HumanReadable.days(limits.ttl()) + " unused");
    if (limits.minFree() > 0) {
      line(out, "kept free", HumanReadable.size(limits.minFree()));
    }
    if (!limits.pins().isEmpty()) {
      line(out, "pinned", String.join(", ", limits.pins()));
    }
    print(out, "LARGEST", statistics.largest());
    print(out, "LONGEST UNUSED", statistics.oldest());
  }

  private static void line(PrintStream out, String name, String value) {
    out.printf("%-10s  %s%n", name, value);
  }

  private static void print(PrintStream out, String heading, List<KeptContent> contents) {
    if (contents.isEmpty()) {
      return;
    }
    out.println();
    out.println(heading);
    for (KeptContent content : contents) {
      out.printf(
          "%9s  %-20s  %-8s  %-71s  %s%n",
          HumanReadable.size(content.size()),
          HumanReadable.time(content.lastUse()),
          content.kind().name().toLowerCase(Locale.ROOT),
          content.digest(),
          HumanReadable.repositories(content.repositories()));
    }
  }
}
