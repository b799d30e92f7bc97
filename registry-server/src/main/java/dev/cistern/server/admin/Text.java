package dev.cistern.server.admin;

import dev.cistern.api.Digest;
import java.time.Duration;
import java.util.Locale;

/** Formats values for the page. */
final class Text {

  private static final int SHORT_DIGEST = 12;

  private Text() {}

  /** {@code 94.2 %}; a dash if it is unknown. */
  static String percent(double percent) {
    return percent < 0 ? "–" : String.format(Locale.ROOT, "%.1f %%", percent);
  }

  /** A duration in its largest unit: {@code 12 s}, {@code 3 min}, {@code 5 h}, {@code 8 d}. */
  static String duration(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds < 60) {
      return seconds + " s";
    }
    if (seconds < 3_600) {
      return seconds / 60 + " min";
    }
    return seconds < 172_800 ? seconds / 3_600 + " h" : seconds / 86_400 + " d";
  }

  /** {@code 3 min ago}. */
  static String ago(Duration age) {
    return age.toSeconds() < 1 ? "now" : duration(age) + " ago";
  }

  /** {@code 85 ms}, {@code 1.2 s}. */
  static String latency(Duration time) {
    double millis = time.toNanos() / 1e6;
    if (millis < 10) {
      return String.format(Locale.ROOT, "%.1f ms", millis);
    }
    return millis < 1_000
        ? String.format(Locale.ROOT, "%.0f ms", millis)
        : String.format(Locale.ROOT, "%.1f s", millis / 1e3);
  }

  /** The beginning of a digest, enough to recognise it. */
  static String digest(Digest digest) {
    return digest.algorithm().wireName() + ":" + digest.hex().substring(0, SHORT_DIGEST) + "…";
  }

  /** A number with a thin space between thousands. */
  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number).replace(',', '\u202f');
  }

  /** {@code 3 clients}, {@code 1 client}. */
  static String count(long number, String one, String many) {
    return count(number) + " " + (number == 1 ? one : many);
  }
}
