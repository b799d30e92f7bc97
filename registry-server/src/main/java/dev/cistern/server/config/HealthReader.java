package dev.cistern.server.config;

import dev.cistern.api.Printable;
import dev.cistern.storage.GoDuration;
import java.time.Duration;
import java.util.regex.Pattern;

/** Reads {@code health}. */
final class HealthReader {

  private static final Pattern COUNT = Pattern.compile("[1-9][0-9]{0,3}");
  private static final Duration LEAST = Duration.ofSeconds(1);
  private static final Duration MOST = Duration.ofHours(1);

  private static final String OTHERS =
      "Cistern checks only its storage; let your monitoring check other services";

  private HealthReader() {}

  static HealthConfig read(Section health) {
    health.ignored("file", "to take a server out of a load balancer, send it SIGTERM");
    health.ignored("http", OTHERS);
    health.ignored("tcp", OTHERS);
    return health.section("storagedriver", HealthReader::storage);
  }

  private static HealthConfig storage(Section check) {
    HealthConfig defaults = HealthConfig.DEFAULT;
    return new HealthConfig(
        check.value(
            "enabled",
            defaults.check(),
            ValueParser.flag(HealthConfig.Check.ENABLED, HealthConfig.Check.DISABLED)),
        check.value("interval", defaults.interval(), HealthReader::interval),
        check.value("threshold", defaults.threshold(), HealthReader::count));
  }

  private static Duration interval(String text) {
    Duration interval = GoDuration.parse(text);
    if (interval.compareTo(LEAST) < 0 || interval.compareTo(MOST) > 0) {
      throw new IllegalArgumentException(
          Printable.quoted(text) + " is not a duration from 1s to 1h");
    }
    return interval;
  }

  private static int count(String text) {
    if (!COUNT.matcher(text).matches()) {
      throw new IllegalArgumentException(
          Printable.quoted(text) + " is not a number from 1 to 9999");
    }
    return Integer.parseInt(text);
  }
}
