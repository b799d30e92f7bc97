/**
 * What operators watch. {@link dev.cistern.server.metrics.ServerMetrics} holds the numbers, one
 * class for each part of the house: {@code AnswerMetrics} and {@code DistributionMetrics} for what
 * clients are answered, {@code FetchMetrics}, {@code UpstreamMetrics} and {@code StorageMetrics}
 * for what the cache does, {@code RuntimeMetrics} for the process. {@link
 * dev.cistern.server.metrics.MeteredHandler} counts answers, and {@link
 * dev.cistern.server.metrics.DebugListener} serves all of it in Prometheus' text format on an
 * address of its own, which clients need not reach.
 */
@NullMarked
package dev.cistern.server.metrics;

import org.jspecify.annotations.NullMarked;
