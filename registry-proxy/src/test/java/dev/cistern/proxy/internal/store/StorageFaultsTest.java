package dev.cistern.proxy.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.concurrent.Throttle;
import dev.cistern.proxy.testing.CountedEvents;
import dev.cistern.proxy.testing.ManualClock;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class StorageFaultsTest {

  private static final Instant START = Instant.parse("2026-11-23T12:00:00Z");
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void faultsAreCountedByKind() {
    CountedEvents events = new CountedEvents();
    StorageFaults faults = new StorageFaults(new ManualClock(), events);
    for (int i = 0; i < 3; i++) {
      faults.report(StorageFault.WRITE, "Could not write", new IOException("full"));
    }
    faults.report(StorageFault.READ, "Could not read", new IllegalStateException("bug"));

    assertThat(events.faults(StorageFault.WRITE)).isEqualTo(3);
    assertThat(events.faults(StorageFault.READ)).isEqualTo(1);
    assertThat(events.faults(StorageFault.SWEEP)).isZero();
  }

  @Test
  void theFirstFaultIsLogged() {
    assertThat(new Throttle(MINUTE).admit(START)).isZero();
  }

  @Test
  void oneAMinuteIsLoggedWithTheNumberOfTheOthers() {
    Throttle throttle = new Throttle(MINUTE);
    throttle.admit(START);
    assertThat(throttle.admit(START)).isNegative();
    assertThat(throttle.admit(START.plusSeconds(59))).isNegative();
    assertThat(throttle.admit(START.plusSeconds(60))).isEqualTo(2);
    assertThat(throttle.admit(START.plusSeconds(61))).isNegative();
    assertThat(throttle.admit(START.plusSeconds(500))).isEqualTo(1);
  }

  @Test
  void aClockThatIsSetBackSuppressesNothing() {
    Throttle throttle = new Throttle(MINUTE);
    throttle.admit(START);
    assertThat(throttle.admit(START.minusSeconds(3600))).isZero();
  }
}
