package dev.cistern.proxy.internal.shared;

import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.store.CacheTtls;
import dev.cistern.proxy.internal.store.SingleSweep;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.policy.PlannedEviction;
import dev.cistern.storage.StorageDriver;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a shared store within the limits. Each cache that shares it has one of these; the one that
 * holds the {@link SweepLease} sweeps, by the longest ttl of {@linkplain CacheTtls all}. A sweep
 * lists all content and markers: one request for each thousand objects. So there is one for each
 * tenth of the ttl, at most one in ten minutes and at least one an hour; between two of them the
 * store may exceed its size. For one thread, except {@link #reconfigure} and {@link #stop}.
 */
final class SharedSweep implements Runnable {

  private static final Logger log = LoggerFactory.getLogger(SharedSweep.class);

  private static final Duration SHORTEST = Duration.ofMinutes(10);
  private static final Duration LONGEST = Duration.ofHours(1);

  /** How many deletions may lie between two looks at the lease. */
  private static final int RENEWED = 100;

  private final StorageDriver driver;
  private final InstantSource clock;
  private final StorageFaults faults;
  private final CacheTtls ttls;
  private final SweepLease lease;
  private final StoreGate gate;
  private volatile Limits limits;
  private volatile boolean stopped;
  private Instant next = Instant.MIN;
  private Duration told = Duration.ZERO;
  private Instant nextTelling = Instant.MIN;

  /**
   * @param silence how long the holder of the lease may be silent; this must run more often
   */
  SharedSweep(
      StorageDriver driver,
      Limits limits,
      Duration silence,
      StoreGate gate,
      InstantSource clock,
      LongSupplier nanoTime,
      StorageFaults faults) {
    this.driver = driver;
    this.limits = limits;
    this.gate = gate;
    this.clock = clock;
    this.faults = faults;
    ttls = new CacheTtls(driver);
    lease = new SweepLease(driver, silence, nanoTime);
  }

  void reconfigure(Limits changed) {
    limits = changed;
  }

  void stop() {
    stopped = true;
  }

  /** Tells the other caches the ttl of this one, if that is due. */
  void tell() {
    attempt("Could not store the ttl of this cache in the shared store", this::tellTtl);
  }

  @Override
  public void run() {
    tell();
    attempt("Could not sweep the shared store; it is tried again later", this::sweepInTurn);
  }

  private interface Task {
    void run() throws IOException;
  }

  private void attempt(String attempt, Task task) {
    if (stopped || gate.isShut()) {
      return;
    }
    try {
      task.run();
    } catch (IOException | RuntimeException e) {
      if (stopped) {
        // The driver is closed while this lists.
        return;
      }
      faults.report(StorageFault.SWEEP, attempt, e);
    }
  }

  private void tellTtl() throws IOException {
    Instant now = clock.instant();
    Duration ttl = limits.ttl();
    if (now.isBefore(nextTelling) && ttl.equals(told)) {
      return;
    }
    ttls.tell(ttl);
    told = ttl;
    nextTelling = now.plus(interval(ttl, Duration.ZERO));
  }

  private void sweepInTurn() throws IOException {
    if (lease.isHeld() && !clock.instant().isBefore(next)) {
      sweep(limits);
      next = clock.instant().plus(interval(limits.ttl(), SHORTEST));
    }
  }

  private static Duration interval(Duration ttl, Duration shortest) {
    Duration tenth = ttl.dividedBy(10);
    if (ttl.isZero() || tenth.compareTo(LONGEST) > 0) {
      return LONGEST;
    }
    return tenth.compareTo(shortest) < 0 ? shortest : tenth;
  }

  private void sweep(Limits current) throws IOException {
    SingleSweep sweep = SingleSweep.survey(driver, current, 0, clock);
    int evicted = 0;
    long bytes = 0;
    int looked = 0;
    for (PlannedEviction planned : sweep.plan()) {
      if (stopped || (++looked % RENEWED == 0 && !lease.isHeld())) {
        return;
      }
      if (sweep.evict(planned)) {
        evicted++;
        bytes += planned.size();
      }
    }
    if (evicted > 0) {
      int links = sweep.removeDangling();
      log.info(
          "Evicted {} contents of {} bytes and {} links from the shared store",
          evicted,
          bytes,
          links);
    }
  }
}
