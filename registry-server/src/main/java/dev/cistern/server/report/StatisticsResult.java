package dev.cistern.server.report;

import dev.cistern.proxy.maintenance.KeptContent;
import dev.cistern.proxy.maintenance.StoreStatistics;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.report.DiskUsage;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * Prints statistics.
 *
 * @param counted what was counted in the store; empty if that is not done yet
 * @param usage how much of the disk is used now
 */
public record StatisticsResult(Optional<StoreStatistics> counted, DiskUsage usage, Limits limits) {

  /** All of it as it was when it was counted. */
  public static StatisticsResult of(StoreStatistics counted, Limits limits) {
    return new StatisticsResult(Optional.of(counted), counted.usage(), limits);
  }

  /** The members of the result; null is what is not counted yet. */
  public void write(Json json) {
    Optional<StoreStatistics.Counts> counts = counted.map(StoreStatistics::counts);
    json.put("blobs", number(counts.map(StoreStatistics.Counts::blobs)))
        .put("manifests", number(counts.map(StoreStatistics.Counts::manifests)))
        .put("repositories", number(counts.map(StoreStatistics.Counts::repositories)))
        .put("tags", number(counts.map(StoreStatistics.Counts::tags)))
        .object(
            "disk",
            disk ->
                disk.put("contents", usage.contents())
                    .put("contentBytes", usage.bytes())
                    .put("usedBytes", usage.used())
                    .put("unfinishedBytes", number(counted.map(StatisticsResult::unfinished)))
                    .put(
                        "freeBytes",
                        counted.map(StoreStatistics::free).orElse(OptionalLong.empty())))
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
        .objects("largest", contents(StoreStatistics::largest), StatisticsResult::write)
        .objects("oldest", contents(StoreStatistics::oldest), StatisticsResult::write);
  }

  private static OptionalLong number(Optional<Long> number) {
    return number.map(OptionalLong::of).orElse(OptionalLong.empty());
  }

  private static long unfinished(StoreStatistics statistics) {
    return statistics.unfinished().keptBytes() + statistics.unfinished().expiredBytes();
  }

  private List<KeptContent> contents(Function<StoreStatistics, List<KeptContent>> which) {
    return counted.map(which).orElse(List.of());
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

  /** Prints the result. */
  public void print(PrintStream out) {
    counted.map(StoreStatistics::counts).ifPresent(counts -> print(out, counts));
    long unfinished = counted.map(StatisticsResult::unfinished).orElse(0L);
    if (unfinished > 0) {
      line(out, "unfinished", HumanReadable.size(unfinished) + " of unfinished fetches");
    }
    OptionalLong free = counted.map(StoreStatistics::free).orElse(OptionalLong.empty());
    line(
        out,
        "on disk",
        HumanReadable.usage(usage.used(), limits.maxSize())
            + (free.isPresent() ? ", " + HumanReadable.size(free.getAsLong()) + " free" : ""));
    line(out, "expiry", HumanReadable.expiry(limits.ttl()));
    if (limits.minFree() > 0) {
      line(out, "kept free", HumanReadable.size(limits.minFree()));
    }
    if (!limits.pins().isEmpty()) {
      line(out, "pinned", String.join(", ", limits.pins()));
    }
    print(out, "LARGEST", contents(StoreStatistics::largest));
    print(out, "LONGEST UNUSED", contents(StoreStatistics::oldest));
  }

  private void print(PrintStream out, StoreStatistics.Counts counts) {
    line(
        out,
        "content",
        "%s: %s, %s"
            .formatted(
                HumanReadable.size(usage.bytes()),
                HumanReadable.count(counts.blobs(), "blob", "blobs"),
                HumanReadable.count(counts.manifests(), "manifest", "manifests")));
    line(
        out,
        "names",
        "%s, %s"
            .formatted(
                HumanReadable.count(counts.repositories(), "repository", "repositories"),
                HumanReadable.count(counts.tags(), "tag", "tags")));
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
