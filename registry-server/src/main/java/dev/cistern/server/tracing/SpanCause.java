package dev.cistern.server.tracing;

import dev.cistern.proxy.event.Cause;
import io.opentelemetry.api.trace.Span;

/** The span of a request, as the cause of what the cache does for it. */
record SpanCause(Span span) implements Cause {}
