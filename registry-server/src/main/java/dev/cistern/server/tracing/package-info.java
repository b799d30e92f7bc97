/**
 * Tracing with OpenTelemetry, for a server whose environment asks for it ({@link
 * dev.cistern.server.tracing.TracingSettings}). {@link dev.cistern.server.tracing.Tracing} starts
 * the SDK and owns it. {@code TracedHandler} makes one span for each request, {@code CacheTracer}
 * one for each fetch and each call of an upstream.
 *
 * <p>No other package has types of OpenTelemetry, and none of its classes is loaded unless tracing
 * is on.
 */
@NullMarked
package dev.cistern.server.tracing;

import org.jspecify.annotations.NullMarked;
