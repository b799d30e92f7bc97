package dev.cistern.server.config;

import dev.cistern.api.Printable;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.policy.Share;
import dev.cistern.storage.GoDuration;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the keys of {@code proxy} that say what to keep, and for how long. */
final class LimitsReader {

  private static final Pattern PERCENT = Pattern.compile("(\\d{1,3})%?");

  private LimitsReader() {}

  /**
   * Reads the limits of the whole cache.
   *
   * @param shares what other upstreams may use, by the first component of their repositories
   */
  static Limits read(Section proxy, Map<String, Share> shares) {
    Limits.Builder limits = Limits.builder();
    Limits defaults = Limits.DEFAULT;
    long maxSize = proxy.value("maxsize", 0L, ValueParser.SIZE);
    limits.maxSize(maxSize == 0 ? Long.MAX_VALUE : maxSize);
    long maxBlobSize = proxy.value("maxblobsize", defaults.maxBlobSize(), ValueParser.SIZE);
    limits.maxBlobSize(maxBlobSize == 0 ? Long.MAX_VALUE : maxBlobSize);
    int highMark = proxy.value("highmark", defaults.highMark(), LimitsReader::percent);
    limits.highMark(highMark);
    limits.lowMark(
        proxy.value(
            "lowmark", Math.min(defaults.lowMark(), highMark), text -> lowMark(text, highMark)));
    limits.minFree(proxy.value("minfree", defaults.minFree(), ValueParser.SIZE));
    limits.ttl(proxy.value("ttl", defaults.ttl(), ValueParser.DURATION));
    limits.sweep(proxy.value("sweep", defaults.sweep(), LimitsReader::interval));
    proxy.list("pin", LimitsReader::pin).forEach(limits::pin);
    shares.forEach(
        (component, share) -> {
          if (!share.equals(Share.WHOLE)) {
            limits.share(component, share);
          }
        });
    return limits.build();
  }

  /** What one of the upstreams may use. */
  static Share share(Section upstream) {
    long most =
        upstream
            .optional("maxsize", ValueParser.SIZE)
            .filter(size -> size > 0)
            .orElse(Long.MAX_VALUE);
    return new Share(most, upstream.optional("ttl", ValueParser.DURATION));
  }

  /** Upstreams that are not listed have no shares, because clients choose how many there are. */
  static void refuseShare(Section upstream) {
    for (String key : List.of("maxsize", "ttl")) {
      if (upstream.node(key).isPresent()) {
        upstream.error(
            key, "is only for upstreams that are listed by name; list the registry, or remove it");
      }
    }
  }

  private static int percent(String text) {
    Matcher percent = PERCENT.matcher(text);
    int value = percent.matches() ? Integer.parseInt(percent.group(1)) : 0;
    if (value < 1 || value > 100) {
      throw new IllegalArgumentException(
          Printable.quoted(text) + " is not a percentage from 1% to 100%");
    }
    return value;
  }

  private static int lowMark(String text, int highMark) {
    int value = percent(text);
    if (value > highMark) {
      throw new IllegalArgumentException(
          Printable.quoted(text) + " is above proxy.highmark, which is " + highMark + "%");
    }
    return value;
  }

  private static Duration interval(String text) {
    Duration interval = GoDuration.parse(text);
    if (interval.isZero()) {
      throw new IllegalArgumentException(
          Printable.quoted(text) + " must be longer than zero, such as 1m");
    }
    return interval;
  }

  private static String pin(String text) {
    Limits.builder().pin(text).build();
    return text;
  }
}
