package dev.cistern.server.admin;

import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.report.ContentUse;
import dev.cistern.proxy.report.TransferState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;

/**
 * What is shown. The same for JSON and for the page.
 *
 * @param version of the server
 * @param started when the server was started
 */
record View(
    String version,
    Instant started,
    InstantSource clock,
    PullThroughCache cache,
    TrafficHistory traffic,
    UpstreamStates upstreams,
    StaleAnswers stale,
    Repositories repositories,
    StoreCount count,
    Tasks tasks) {

  private static final int NEXT_EVICTIONS = 6;

  /** The fetches, those that began first before others. */
  List<TransferState> transfers() {
    return cache.transfers().stream()
        .sorted(
            Comparator.comparing(TransferState::age)
                .reversed()
                .thenComparing(transfer -> transfer.transfer().digest().toString()))
        .toList();
  }

  /** What is evicted next. */
  List<ContentUse> nextEvictions() {
    return cache.leastRecentlyUsed(NEXT_EVICTIONS);
  }

  /** Reads everything from storage again, from now on. */
  void forgetStored() {
    repositories.forget();
    count.forget();
  }

  /** The time since an instant; zero if the clock was set back. */
  Duration since(Instant time) {
    Duration since = Duration.between(time, clock.instant());
    return since.isNegative() ? Duration.ZERO : since;
  }
}
