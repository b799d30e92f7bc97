package dev.cistern.proxy.internal.cluster;

import dev.cistern.proxy.event.PeerOutcome;
import dev.cistern.proxy.peer.PeerAnswer;
import dev.cistern.proxy.report.PeerState;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One address of the cluster, and whether a cache answers there. It counts as working from its
 * first answer on, until it does not answer in time; from then on it is asked in the background, at
 * growing intervals, until it answers again. Thread-safe.
 */
final class Peer {

  private static final Logger log = LoggerFactory.getLogger(Peer.class);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  /** What is known about an address. */
  enum State {
    /** Nothing yet, so it is not asked for content. */
    UNKNOWN,
    /** This cache itself. */
    SELF,
    ALIVE,
    FAILING
  }

  private final URI address;
  private final PeerHttp http;
  private final ScheduledExecutorService timer;

  private final InstantSource clock;
  private final LongAdder asked = new LongAdder();
  private final LongAdder answered = new LongAdder();

  private volatile PeerState.@Nullable Failure lastFailure;
  private volatile State state;
  private volatile boolean gone;

  // Guarded by this.
  private boolean asking;
  private boolean scheduled;
  private Duration pause = FIRST_PAUSE;

  Peer(
      URI address,
      State state,
      PeerHttp http,
      ScheduledExecutorService timer,
      InstantSource clock) {
    this.clock = clock;
    this.address = address;
    this.state = state;
    this.http = http;
    this.timer = timer;
  }

  /** Where it is. */
  URI address() {
    return address;
  }

  /** Its name in the order of owners, in logs and metrics: host and port. */
  String name() {
    return address.getAuthority();
  }

  State state() {
    return state;
  }

  boolean isAlive() {
    return state == State.ALIVE;
  }

  boolean isSelf() {
    return state == State.SELF;
  }

  /** Asks in the background whether a cache answers. At most one such question is in progress. */
  void check() {
    synchronized (this) {
      if (asking || gone || state == State.SELF) {
        return;
      }
      asking = true;
    }
    Future<?> unused = http.ping(this).whenComplete(this::answered);
  }

  private void answered(@Nullable PeerAnswer answer, @Nullable Throwable failure) {
    synchronized (this) {
      asking = false;
    }
    if (answer == null) {
      failed(PeerHttp.reason(failure));
    } else if (answer.node().equals(http.node())) {
      state = State.SELF;
      log.info("Peer {} is this server", name());
    } else {
      works();
    }
  }

  private void works() {
    State before;
    synchronized (this) {
      before = state;
      if (gone) {
        return;
      }
      state = State.ALIVE;
      pause = FIRST_PAUSE;
    }
    if (before != State.ALIVE) {
      log.info("Peer {} works", name());
    }
  }

  /** A request for content has ended. */
  void asked(PeerOutcome outcome) {
    asked.increment();
    if (outcome != PeerOutcome.FAILED) {
      answered.increment();
    }
  }

  /** It failed, and may be asked again at once. */
  void failedOnce(String reason) {
    lastFailure = new PeerState.Failure(clock.instant(), reason);
  }

  /** What is known about it, for people. */
  PeerState description() {
    return new PeerState(
        name(),
        switch (state) {
          case SELF -> PeerState.Role.SELF;
          case ALIVE -> PeerState.Role.WORKING;
          case UNKNOWN, FAILING -> PeerState.Role.FAILING;
        },
        asked.sum(),
        answered.sum(),
        Optional.ofNullable(lastFailure));
  }

  /** It did not answer. It is not asked for content until it does. */
  void failed(String reason) {
    failedOnce(reason);
    State before;
    Duration wait;
    synchronized (this) {
      before = state;
      if (gone || before == State.SELF) {
        return;
      }
      state = State.FAILING;
      if (scheduled) {
        return;
      }
      scheduled = true;
      wait = pause;
      Duration doubled = pause.multipliedBy(2);
      pause = doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
    }
    if (before == State.ALIVE) {
      log.warn("Peer {} is failing and is skipped until it answers: {}", name(), reason);
    } else if (before == State.UNKNOWN) {
      log.info("Peer {} does not answer yet: {}", name(), reason);
    }
    try {
      Future<?> unused = timer.schedule(this::checkAgain, wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("Peer {} is not asked again: the cache is closed", name());
    }
  }

  private void checkAgain() {
    synchronized (this) {
      scheduled = false;
    }
    check();
  }

  /** It is no longer in the cluster, or this cache is closed: no request waits for it any more. */
  synchronized void leave() {
    gone = true;
    state = State.FAILING;
  }

  @Override
  public String toString() {
    return name() + " " + state;
  }
}
