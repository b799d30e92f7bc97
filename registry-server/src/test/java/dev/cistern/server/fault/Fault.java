package dev.cistern.server.fault;

import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.proxy.upstream.http.UpstreamConfigBuilder;
import java.time.Duration;

/**
 * One way for an upstream to go wrong.
 *
 * @param name as the table has it
 * @param place where the upstream is to be found
 * @param pace how patient the cache is with it
 * @param script what it answers, where it is reached
 */
record Fault(String name, Place place, Pace pace, FaultyRegistry.Script script) {

  private static final Duration LONG = Duration.ofSeconds(30);

  /** Where the upstream is. */
  enum Place {
    HTTP,
    /** Behind a certificate that there is no reason to trust. */
    HTTPS,
    /** At a port without a listener. */
    NOT_LISTENING,
    /** Under a name that does not exist. */
    NO_NAME
  }

  /** How patient the cache is. */
  enum Pace {
    /** Nothing runs out, however slow the machine: for faults that show at once. */
    PATIENT(LONG, LONG, LONG),
    /** With bodies, for those that stop to come. */
    IMPATIENT_WITH_BODIES(LONG, Duration.ofMillis(500), LONG),
    /** With everything, for when nothing comes. */
    IMPATIENT(Duration.ofMillis(500), Duration.ofMillis(500), Duration.ofMillis(200));

    private final Duration headers;
    private final Duration body;
    private final Duration staleAfter;

    Pace(Duration headers, Duration body, Duration staleAfter) {
      this.headers = headers;
      this.body = body;
      this.staleAfter = staleAfter;
    }

    Duration staleAfter() {
      return staleAfter;
    }

    UpstreamConfig upstream(String url) {
      UpstreamConfigBuilder config = UpstreamConfig.builder(url);
      return config
          .connectTimeout(headers)
          .headerTimeout(headers)
          .stallTimeout(body)
          .metadataTimeout(body)
          .build();
    }
  }
}
