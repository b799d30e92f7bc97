package dev.cistern.server.config;

import dev.cistern.api.Printable;
import dev.cistern.proxy.upstream.http.HttpVersion;
import dev.cistern.proxy.upstream.http.ProxySettings;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.proxy.upstream.http.UpstreamConfigBuilder;
import dev.cistern.storage.ByteSize;
import dev.cistern.storage.GoDuration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Reads the keys of {@code proxy} that say how to reach the upstream. */
final class NetworkReader {

  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration LONGEST = Duration.ofHours(24);
  private static final int MOST_TRANSFERS = 1000;
  private static final int MOST_CONNECTIONS = 16;
  private static final long LEAST_BANDWIDTH = 1024;

  private NetworkReader() {}

  /**
   * @param defaults how to wait, and which HTTP proxy and version to use, if the section does not
   *     say
   */
  static NetworkConfig read(Section proxy, NetworkConfig defaults) {
    return new NetworkConfig(
        timeouts(proxy, defaults.timeouts()),
        new NetworkConfig.Transfers(
            proxy.value("maxtransfers", defaults.transfers().most(), NetworkReader::transfers),
            proxy.section(
                "parallel",
                parallel ->
                    parallel.value(
                        "connections",
                        defaults.transfers().connections(),
                        NetworkReader::connections)),
            proxy.optional("maxbandwidth", NetworkReader::bandwidth)),
        proxy.section("tls", NetworkReader::tls),
        proxy.text("httpproxy").isEmpty()
            ? defaults.httpProxy()
            : proxy.optional("httpproxy", ProxySettings::of),
        proxy.value("httpversion", defaults.httpVersion(), NetworkReader::version),
        proxy.list("trustedredirects", NetworkReader::trustedRedirect));
  }

  private static NetworkConfig.Timeouts timeouts(Section proxy, NetworkConfig.Timeouts defaults) {
    return new NetworkConfig.Timeouts(
        proxy.value("connecttimeout", defaults.connect(), NetworkReader::timeout),
        proxy.value("headertimeout", defaults.headers(), NetworkReader::timeout),
        proxy.value("stalltimeout", defaults.stall(), NetworkReader::timeout));
  }

  private static Duration timeout(String text) {
    Duration timeout = GoDuration.parse(text);
    if (timeout.compareTo(SHORTEST) < 0 || timeout.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(Printable.quoted(text) + " is not between 1ms and 24h");
    }
    return timeout;
  }

  private static int transfers(String text) {
    return number(text, MOST_TRANSFERS);
  }

  private static int connections(String text) {
    return number(text, MOST_CONNECTIONS);
  }

  private static int number(String text, int most) {
    int number = text.matches("[0-9]{1,4}") ? Integer.parseInt(text) : 0;
    if (number < 1 || number > most) {
      throw new IllegalArgumentException(
          Printable.quoted(text) + " is not a number from 1 to " + most);
    }
    return number;
  }

  private static long bandwidth(String text) {
    long bytes = ByteSize.parse(text);
    if (bytes < LEAST_BANDWIDTH) {
      throw new IllegalArgumentException(
          Printable.quoted(text) + " is too little; use at least 1KiB (per second)");
    }
    return bytes;
  }

  private static String trustedRedirect(String text) {
    // The builder knows what a host looks like.
    UpstreamConfigBuilder unused =
        UpstreamConfig.builder("https://localhost").trustedRedirect(text);
    return text;
  }

  private static HttpVersion version(String text) {
    return switch (text) {
      case "1.1" -> HttpVersion.HTTP_1_1;
      case "2" -> HttpVersion.HTTP_2;
      default -> throw ValueParser.notOneOf(text, List.of("1.1", "2"));
    };
  }

  private static NetworkConfig.Tls tls(Section tls) {
    Optional<Path> certificate = tls.path("certificate");
    Optional<Path> key = tls.path("key");
    if (certificate.isPresent() && key.isEmpty()) {
      tls.error("certificate", "also set " + tls.name("key"));
    }
    if (key.isPresent() && certificate.isEmpty()) {
      tls.error("key", "also set " + tls.name("certificate"));
    }
    return new NetworkConfig.Tls(
        tls.path("ca"),
        certificate.flatMap(file -> key.map(other -> new NetworkConfig.Identity(file, other))));
  }
}
