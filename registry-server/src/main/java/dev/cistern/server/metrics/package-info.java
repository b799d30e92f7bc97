/**
 * The metrics of the server. {@link dev.cistern.server.metrics.ServerMetrics} holds them all, one
 * class for each part: {@code AnswerMetrics} and {@code DistributionMetrics} for answers to
 * clients, {@code FetchMetrics}, {@code PieceMetrics}, {@code UpstreamMetrics} and {@code
 * StorageMetrics} for the cache, {@code RuntimeMetrics} for the process. {@link
 * dev.cistern.server.metrics.MeteredHandler} counts answers. {@link
 * dev.cistern.server.metrics.DebugListener} serves the metrics in Prometheus' text format on a
 * separate address, for operators only.
 */
@NullMarked
package dev.cistern.server.metrics;

import org.jspecify.annotations.NullMarked;
