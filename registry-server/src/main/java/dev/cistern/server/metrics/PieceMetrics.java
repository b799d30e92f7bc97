package dev.cistern.server.metrics;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.event.BlobTransfer;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.PieceKind;
import dev.cistern.proxy.upstream.UpstreamException;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.GaugeDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** Parts of blobs that are requested by themselves, and the connections for them. Thread-safe. */
final class PieceMetrics implements CacheListener {

  /** Why a blob has one connection again. */
  private enum Refusal {
    /** The upstream answered 429. */
    LIMITED,
    /** It sent other bytes than those asked for. */
    OTHER_ANSWER,
    /** It failed in another way. */
    FAILED
  }

  private final GaugeDataPoint open;
  private final CounterDataPoint opened;
  private final EnumCounter<Refusal> refused;
  private final EnumCounter<PieceKind> pieces;
  private final EnumCounter<PieceKind> bytes;
  private final CounterDataPoint unused;

  PieceMetrics(PrometheusRegistry registry) {
    open =
        Gauge.builder()
            .name("cistern_fetch_connections_open")
            .help("Connections that fetch parts of a blob beside its first connection.")
            .register(registry);
    opened =
        counter(
            registry,
            "cistern_fetch_connections_total",
            "Connections that have fetched parts of a blob beside its first connection.");
    refused =
        new EnumCounter<>(
            registry,
            "cistern_fetch_connections_refused_total",
            "Fetches that went back to one connection, by why they did.",
            "reason",
            Refusal.class);
    pieces =
        new EnumCounter<>(
            registry,
            "cistern_fetch_pieces_total",
            "Parts of blobs that were requested by themselves, by what they were for.",
            "kind",
            PieceKind.class);
    bytes =
        new EnumCounter<>(
            registry,
            "cistern_fetch_piece_bytes_total",
            "Bytes of parts of blobs that were requested by themselves, by what they were for.",
            "kind",
            PieceKind.class);
    unused =
        counter(
            registry,
            "cistern_fetch_piece_unused_bytes_total",
            "Bytes of such parts that came when they were not wanted any more.");
  }

  private static CounterDataPoint counter(PrometheusRegistry registry, String name, String help) {
    return Counter.builder().name(name).help(help).withoutExemplars().register(registry);
  }

  @Override
  public void connectionOpened(BlobTransfer transfer) {
    open.inc();
    opened.inc();
  }

  @Override
  public void connectionClosed(BlobTransfer transfer) {
    open.dec();
  }

  @Override
  public void connectionsRefused(BlobTransfer transfer, RegistryException cause) {
    if (cause.code() == ErrorCode.TOOMANYREQUESTS) {
      refused.inc(Refusal.LIMITED);
    } else {
      refused.inc(cause instanceof UpstreamException ? Refusal.FAILED : Refusal.OTHER_ANSWER);
    }
  }

  @Override
  public void pieceReceived(BlobTransfer transfer, PieceKind kind, long received, long late) {
    pieces.inc(kind);
    bytes.add(kind, received);
    unused.inc(late);
  }
}
