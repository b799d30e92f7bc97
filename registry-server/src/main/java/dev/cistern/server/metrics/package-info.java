/**
 * What operators watch. {@link dev.cistern.server.metrics.ServerMetrics} holds the numbers, {@link
 * dev.cistern.server.metrics.MeteredHandler} counts requests into it, {@code StorageMetrics} reads
 * what the cache knows, and {@link dev.cistern.server.metrics.DebugListener} serves them in
 * Prometheus' text format on an address of its own, apart from what clients reach.
 */
@NullMarked
package dev.cistern.server.metrics;

import org.jspecify.annotations.NullMarked;
