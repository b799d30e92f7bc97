package dev.cistern.server.admin;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.PeerOutcome;
import dev.cistern.proxy.event.UpstreamCall;
import dev.cistern.server.http.AnswerListener;
import dev.cistern.server.http.CacheResult;
import dev.cistern.server.http.Outcome;
import io.undertow.server.HttpServerExchange;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/** Adds up what clients get. An answer costs two additions to counters without contention. */
final class TrafficTotals implements AnswerListener, CacheListener {

  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder stale = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder sentBytes = new LongAdder();
  private final LongAdder fetchedBytes = new LongAdder();

  @Override
  public void answered(HttpServerExchange exchange, Outcome outcome) {
    answered(outcome.kind(), outcome.result(), exchange.getResponseBytesSent());
  }

  void answered(Outcome.Kind kind, CacheResult result, long sent) {
    sentBytes.add(sent);
    if (result == CacheResult.FAILED) {
      failed.increment();
    }
    if (kind != Outcome.Kind.MANIFEST && kind != Outcome.Kind.BLOB) {
      return;
    }
    if (result.isFromCache()) {
      hits.increment();
      if (result == CacheResult.STALE) {
        stale.increment();
      }
    } else if (result.isFetched()) {
      misses.increment();
    }
  }

  @Override
  public void bodyReceived(UpstreamCall call, long bytes, Duration time) {
    fetchedBytes.add(bytes);
  }

  @Override
  public void peerAsked(String peer, PeerOutcome outcome, long bytes) {
    fetchedBytes.add(bytes);
  }

  Traffic sum() {
    return new Traffic(
        hits.sum(), misses.sum(), stale.sum(), failed.sum(), sentBytes.sum(), fetchedBytes.sum());
  }
}
