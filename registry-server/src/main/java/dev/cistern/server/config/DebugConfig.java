package dev.cistern.server.config;

import java.util.Optional;

/**
 * The {@code http.debug} section: a second listener, for operators.
 *
 * @param addr what it listens on
 * @param metricsPath where it answers with Prometheus' metrics; empty: nowhere
 */
public record DebugConfig(ListenAddress addr, Optional<String> metricsPath) {

  static final String DEFAULT_METRICS_PATH = "/metrics";
}
