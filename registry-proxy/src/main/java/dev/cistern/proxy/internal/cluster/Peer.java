package dev.cistern.proxy.internal.cluster;

import dev.cistern.proxy.event.PeerOutcome;
import dev.cistern.proxy.report.PeerState;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
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
 * growing intervals, until it answers again. One that has not answered a request for content is
 * asked for the headers of that: it may still say that it works. Thread-safe.
 */
final class Peer {

  private static final Logger log = LoggerFactory.getLogger(Peer.class);

  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  /** The same for a peer that says that it works, and may do so often. */
  private static final Duration LONGEST_PAUSE_OF_PROOF = Duration.ofMinutes(1);

  /** What is known about an address. */
  enum State {
    /** Nothing yet, so it is not asked for content. */
    UNKNOWN,
    /** This cache itself. */
    SELF,
    ALIVE,
    FAILING
  }

  /** Asks the peer for something. */
  @FunctionalInterface
  interface Question {
    CompletableFuture<PeerHttp.Working> ask();
  }

  /**
   * What it said last about its work. Times are those of {@link System#nanoTime}.
   *
   * @param asked when it was asked
   * @param answered when it answered
   * @param requests the numbers of the requests of this cache that it works on; empty if it did not
   *     say all of them
   */
  record Work(long asked, long answered, Optional<Set<String>> requests) {

    /** Whether it may work on a request: it has not said otherwise. */
    boolean mayHave(String request) {
      return requests.isEmpty() || requests.get().contains(request);
    }
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
  private volatile Work work =
      new Work(System.nanoTime(), System.nanoTime(), Optional.of(Set.of()));

  /** What it must answer before it counts as working again; null: whether it works. */
  private volatile @Nullable Question proof;

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
    Question wanted;
    synchronized (this) {
      if (asking || gone || state == State.SELF) {
        return;
      }
      asking = true;
      wanted = proof;
    }
    long time = System.nanoTime();
    CompletableFuture<PeerHttp.Working> answer;
    try {
      answer = wanted == null ? http.ping(this) : wanted.ask();
    } catch (RuntimeException | Error e) {
      // As no answer: otherwise it would count as being asked for ever.
      answer = CompletableFuture.failedFuture(e);
    }
    Future<?> unused =
        answer.whenComplete(
            (working, failure) -> {
              if (working != null) {
                work = new Work(time, System.nanoTime(), working.requests());
              }
              answered(wanted, working, failure);
            });
  }

  private void answered(
      @Nullable Question asked, PeerHttp.@Nullable Working answer, @Nullable Throwable failure) {
    synchronized (this) {
      asking = false;
    }
    if (answer == null) {
      failed(PeerHttp.reason(failure));
    } else if (answer.said().node().equals(http.node())) {
      state = State.SELF;
      // It was not listening yet.
      lastFailure = null;
      log.info("Peer {} is this server", name());
    } else if (!works(asked)) {
      askLater();
    }
  }

  /**
   * It works, unless it has just failed to answer a request.
   *
   * @param answered what it has answered
   * @return whether that is what it must answer
   */
  private boolean works(@Nullable Question answered) {
    State before;
    synchronized (this) {
      if (answered != proof) {
        return false;
      }
      before = state;
      if (gone) {
        return true;
      }
      state = State.ALIVE;
      if (proof == null) {
        pause = FIRST_PAUSE;
      }
      proof = null;
    }
    if (before != State.ALIVE) {
      log.info("Peer {} works", name());
    }
    return true;
  }

  /**
   * It has answered a request for content. If it was passed over because it had not answered
   * another one, it works again: that one may wait for an upstream of its own.
   */
  void answersRequests() {
    Question wanted;
    synchronized (this) {
      wanted = proof;
      if (wanted == null || state != State.FAILING) {
        return;
      }
    }
    boolean unused = works(wanted);
  }

  /** What it said last about its work. */
  Work work() {
    return work;
  }

  /** A request for content has ended. */
  void asked(PeerOutcome outcome) {
    asked.increment();
    if (outcome != PeerOutcome.FAILED) {
      answered.increment();
      synchronized (this) {
        pause = state == State.ALIVE ? FIRST_PAUSE : pause;
      }
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

  /**
   * It has not answered a request for content, though it says that it works. It is not asked for
   * content until it answers a question.
   *
   * @param question what shows that it answers requests for content
   */
  void failed(String reason, Question question) {
    synchronized (this) {
      if (proof == null) {
        proof = question;
      }
    }
    failed(reason);
  }

  /** It did not answer. It is not asked for content until it does. */
  void failed(String reason) {
    failedOnce(reason);
    State before;
    synchronized (this) {
      before = state;
      if (gone || before == State.SELF) {
        return;
      }
      state = State.FAILING;
    }
    if (before == State.ALIVE) {
      log.warn("Peer {} is failing and is skipped until it answers: {}", name(), reason);
    } else if (before == State.UNKNOWN) {
      log.info("Peer {} does not answer yet: {}", name(), reason);
    }
    askLater();
  }

  private void askLater() {
    Duration wait;
    synchronized (this) {
      if (scheduled || gone) {
        return;
      }
      scheduled = true;
      wait = pause;
      Duration longest = proof == null ? LONGEST_PAUSE : LONGEST_PAUSE_OF_PROOF;
      Duration doubled = pause.multipliedBy(2);
      pause = doubled.compareTo(longest) < 0 ? doubled : longest;
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
