package dev.cistern.server.report;

import dev.cistern.api.RepositoryName;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Formats values for people. */
public final class HumanReadable {

  private static final String UNITS = "KMGTPE";

  private HumanReadable() {}

  /** {@code 1.5 GiB}: about three digits. */
  public static String size(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    int unit = (63 - Long.numberOfLeadingZeros(bytes)) / 10;
    double value = bytes / (double) (1L << (10 * unit));
    return String.format(
        Locale.ROOT, value < 100 ? "%.1f %siB" : "%.0f %siB", value, UNITS.charAt(unit - 1));
  }

  /** {@code 1.5 GiB of 10.0 GiB used}. */
  public static String usage(long used, long limit) {
    return limit == Long.MAX_VALUE
        ? size(used) + " used, no size limit"
        : size(used) + " of " + size(limit) + " used";
  }

  /** {@code 3 blobs}, {@code 1 blob}. */
  public static String count(long count, String one, String many) {
    return count + " " + (count == 1 ? one : many);
  }

  /** A time, to the second. */
  public static String time(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** A duration as in a configuration, {@code 1h30m}. */
  public static String duration(Duration duration) {
    StringBuilder text = new StringBuilder();
    if (duration.toHours() > 0) {
      text.append(duration.toHours()).append('h');
    }
    if (duration.toMinutesPart() > 0) {
      text.append(duration.toMinutesPart()).append('m');
    }
    if (duration.toSecondsPart() > 0 || text.length() == 0) {
      text.append(duration.toSecondsPart()).append('s');
    }
    return text.toString();
  }

  /** A duration for people: {@code 7 days}, or {@code 1h30m}. */
  public static String days(Duration duration) {
    return duration.toDays() >= 2 && duration.equals(Duration.ofDays(duration.toDays()))
        ? duration.toDays() + " days"
        : duration(duration);
  }

  /** What happens to content that is not used: {@code removed after 7 days unused}. */
  public static String expiry(Duration ttl) {
    return ttl.isZero() ? "unused content stays" : "removed after " + days(ttl) + " unused";
  }

  /** {@code library/alpine, library/debian}; a dash if there is none. */
  public static String repositories(List<RepositoryName> repositories) {
    return repositories.isEmpty()
        ? "-"
        : repositories.stream().map(RepositoryName::value).collect(Collectors.joining(", "));
  }
}
