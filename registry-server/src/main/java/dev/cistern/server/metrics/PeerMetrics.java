package dev.cistern.server.metrics;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.PeerOutcome;
import dev.cistern.server.http.PeerCheck;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/**
 * Requests between the servers of a cluster. They are in no other metric of clients. Thread-safe.
 */
final class PeerMetrics implements CacheListener, PeerCheck.Listener {

  private static final String OUT = "out";
  private static final String IN = "in";

  private final Counter requests;
  private final Counter bytes;

  PeerMetrics(PrometheusRegistry registry) {
    requests =
        Counter.builder()
            .name("cistern_peer_requests_total")
            .help("Requests to other servers of the cluster, and from them, by how they ended.")
            .labelNames("direction", "result")
            .withoutExemplars()
            .register(registry);
    bytes =
        Counter.builder()
            .name("cistern_peer_bytes_total")
            .help("Bytes of content from other servers of the cluster (out), and to them (in).")
            .labelNames("direction")
            .withoutExemplars()
            .register(registry);
    for (PeerOutcome outcome : PeerOutcome.values()) {
      requests.initLabelValues(OUT, Labels.of(outcome));
      requests.initLabelValues(IN, Labels.of(outcome));
    }
    bytes.initLabelValues(OUT);
    bytes.initLabelValues(IN);
  }

  @Override
  public void peerAsked(String peer, PeerOutcome outcome, long received) {
    requests.labelValues(OUT, Labels.of(outcome)).inc();
    bytes.labelValues(OUT).inc(received);
  }

  @Override
  public void peerAnswered(int status, long sent) {
    PeerOutcome outcome =
        status < 500
            ? PeerOutcome.ANSWERED
            : status == 502 || status == 504 ? PeerOutcome.UPSTREAM_FAILED : PeerOutcome.FAILED;
    requests.labelValues(IN, status == 403 ? "refused" : Labels.of(outcome)).inc();
    bytes.labelValues(IN).inc(sent);
  }
}
