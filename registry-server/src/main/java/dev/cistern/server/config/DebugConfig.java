package dev.cistern.server.config;

import java.util.Optional;

/**
 * The {@code http.debug} section: a second listener, for operators.
 *
 * @param addr the address to listen on
 * @param metricsPath the path of the Prometheus metrics; empty: no metrics
 */
public record DebugConfig(ListenAddress addr, Optional<String> metricsPath) {

  static final String DEFAULT_METRICS_PATH = "/metrics";
}
