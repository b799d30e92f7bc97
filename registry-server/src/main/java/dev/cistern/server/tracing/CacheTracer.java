package dev.cistern.server.tracing;

import dev.cistern.proxy.event.BlobTransfer;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.Cause;
import dev.cistern.proxy.event.TokenRequest;
import dev.cistern.proxy.event.UpstreamCall;
import dev.cistern.proxy.upstream.UpstreamException;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes a span for each fetch of a blob, for each call of an upstream, and for each token that such
 * a call needs.
 *
 * <p>A fetch belongs to the cache, and several requests may read it. Its parent is the request that
 * started it. A span has one parent, so each request that joined later has a link to the fetch
 * instead. Links in the other direction would be without limit. A call that several requests share
 * is a child of the first of them; what the cache does on its own begins a trace.
 *
 * <p>The spans in the maps are bounded by the fetches and calls in progress.
 */
final class CacheTracer implements CacheListener {

  private static final Pattern HOST_AND_PORT = Pattern.compile("(.+):(\\d{1,5})");

  private final Tracer tracer;
  private final Map<BlobTransfer, Span> fetches =
      Collections.synchronizedMap(new IdentityHashMap<>());
  private final Map<UpstreamCall, Span> calls =
      Collections.synchronizedMap(new IdentityHashMap<>());

  CacheTracer(Tracer tracer) {
    this.tracer = tracer;
  }

  private Context parent(Cause cause) {
    @Nullable Span span = null;
    if (cause instanceof SpanCause request) {
      span = request.span();
    } else if (cause instanceof BlobTransfer fetch) {
      span = fetches.get(fetch);
    } else if (cause instanceof UpstreamCall call) {
      span = calls.get(call);
    }
    return span == null ? Context.root() : Context.root().with(span);
  }

  @Override
  public void fetchStarted(BlobTransfer transfer) {
    fetches.put(
        transfer,
        tracer
            .spanBuilder("fetch blob")
            .setParent(parent(transfer.cause()))
            .setSpanKind(SpanKind.INTERNAL)
            .setAttribute(Keys.REPOSITORY, transfer.repository().value())
            .setAttribute(Keys.DIGEST, transfer.digest().toString())
            .setAttribute(Keys.UPSTREAM, transfer.upstream())
            .startSpan());
  }

  @Override
  public void fetchJoined(BlobTransfer transfer, Cause joined) {
    Span fetch = fetches.get(transfer);
    if (fetch != null && joined instanceof SpanCause request) {
      request.span().addLink(fetch.getSpanContext());
    }
  }

  @Override
  public void fetchCompleted(BlobTransfer transfer, long bytes, Duration time) {
    Span fetch = fetches.remove(transfer);
    if (fetch != null) {
      fetch.setAttribute(Keys.BODY_SIZE, bytes);
      fetch.end();
    }
  }

  @Override
  public void fetchFailed(BlobTransfer transfer, Throwable cause) {
    Span fetch = fetches.remove(transfer);
    if (fetch != null) {
      fail(fetch, cause);
      fetch.end();
    }
  }

  @Override
  public void upstreamStarted(UpstreamCall call) {
    calls.put(call, start(call));
  }

  @Override
  public void upstreamAnswered(UpstreamCall call, OptionalInt status, Duration time) {
    Span span = calls.get(call);
    if (span == null) {
      return;
    }
    setStatus(span, status);
    switch (call.kind()) {
      case MANIFEST, BLOB, REFERRERS -> span.addEvent("answered");
      case MANIFEST_HEAD, BLOB_HEAD, TAGS -> {
        calls.remove(call);
        span.end();
      }
    }
  }

  @Override
  public void bodyReceived(UpstreamCall call, long bytes, Duration time) {
    Span span = calls.remove(call);
    if (span != null) {
      span.setAttribute(Keys.BODY_SIZE, bytes);
      span.end();
    }
  }

  @Override
  public void upstreamFailed(
      UpstreamCall call, OptionalInt status, UpstreamException cause, Duration time) {
    Span span = calls.remove(call);
    if (span != null) {
      setStatus(span, status);
      fail(span, cause);
      span.end();
    }
  }

  @Override
  public void tokenRequested(TokenRequest request, TokenOutcome outcome, Duration time) {
    Instant now = Instant.now();
    Span span =
        tracer
            .spanBuilder(request.method() + " token")
            .setParent(parent(request.cause()))
            .setSpanKind(SpanKind.CLIENT)
            .setStartTimestamp(now.minus(time))
            .setAttribute(Keys.METHOD, request.method())
            .setAttribute(Keys.UPSTREAM, request.upstream())
            .setAttribute(Keys.ADDRESS, request.host())
            .setAttribute(Keys.PORT, request.port())
            .startSpan();
    setStatus(span, request.status());
    if (outcome == TokenOutcome.FAILED) {
      // The call that needs the token has the reason.
      int status = request.status().orElse(0);
      span.setAttribute(Keys.ERROR, status >= 400 ? Integer.toString(status) : "no_token");
      span.setStatus(StatusCode.ERROR);
    }
    span.end(now);
  }

  private static void setStatus(Span span, OptionalInt status) {
    status.ifPresent(known -> span.setAttribute(Keys.STATUS, known));
  }

  private static void fail(Span span, Throwable cause) {
    span.setAttribute(
        Keys.ERROR,
        cause instanceof UpstreamException upstream
            ? upstream.kind().name().toLowerCase(Locale.ROOT)
            : cause.getClass().getSimpleName());
    span.setStatus(StatusCode.ERROR, Keys.shortened(String.valueOf(cause.getMessage())));
  }

  private Span start(UpstreamCall call) {
    String method = RouteNames.method(call.kind());
    String route = RouteNames.of(call.kind());
    SpanBuilder span =
        tracer
            .spanBuilder(method + ' ' + route)
            .setParent(parent(call.cause()))
            .setSpanKind(SpanKind.CLIENT)
            .setAttribute(Keys.METHOD, method)
            .setAttribute(Keys.TEMPLATE, route)
            .setAttribute(Keys.UPSTREAM, call.upstream())
            .setAttribute(Keys.TARGET, Keys.shortened(call.target().text()));
    Matcher address = HOST_AND_PORT.matcher(call.upstream());
    if (address.matches()) {
      span.setAttribute(Keys.ADDRESS, address.group(1));
      span.setAttribute(Keys.PORT, Long.parseLong(address.group(2)));
    } else {
      span.setAttribute(Keys.ADDRESS, call.upstream());
    }
    return span.startSpan();
  }
}
