package dev.cistern.proxy.internal.store;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cistern.api.Digest;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChangedLimitsTest extends BoundedStoreFixture {

  ChangedLimitsTest(@TempDir Path directory) throws IOException {
    super(directory);
  }

  @Test
  void smallerLimitsTakeEffectWithoutWaitingForTheOldInterval() throws IOException {
    store.close();
    store = open(Limits.builder().sweep(Duration.ofDays(1)).build());
    Digest a = publish(ALPINE, 1);
    clock.advance(HOUR);
    Digest b = publish(ALPINE, 2);
    clock.advance(HOUR);
    Digest c = publish(ALPINE, 3);

    store.reconfigure(often(Limits.builder().maxSize(2 * Costs.of(SIZE)).lowMark(50)));

    awaitGone(b);
    assertThat(holds(a)).isFalse();
    assertThat(holds(c)).isTrue();
    try (Room room = store.room(ALPINE)) {
      assertThatExceptionOfType(NoRoomException.class).isThrownBy(() -> room.reserve(3 * SIZE));
    }
    assertThat(store.limits().maxSize()).isEqualTo(2 * Costs.of(SIZE));
    // The new interval: a second sweep comes without another change.
    store.reconfigure(often(Limits.builder().ttl(HOUR)));
    clock.advance(HOUR.multipliedBy(2));
    awaitGone(c);
  }

  @Test
  void largerLimitsTakeEffectAtOnce() throws IOException {
    reopen(Limits.builder().maxSize(Costs.of(SIZE)));
    Digest a = publish(ALPINE, 1);
    store.reconfigure(often(Limits.builder().maxSize(THREE)));
    Digest b = publish(ALPINE, 2);
    assertThat(holds(a)).isTrue();
    assertThat(holds(b)).isTrue();
  }

  @Test
  void contentThatIsPinnedNowIsNotEvictedBeforeThatIsKnown() throws IOException {
    reopen(Limits.builder().ttl(Duration.ZERO).pin("library/alpine:old"));
    StoredManifest old = tagged(ALPINE, "old");
    StoredManifest young = tagged(DEBIAN, "new");
    Limits.Builder limits = Limits.builder().pin("library/debian:new").ttl(HOUR);

    store.reconfigure(often(limits));
    clock.advance(HOUR.multipliedBy(2));

    awaitGone(old.digest());
    assertThat(holds(young.digest())).isTrue();
    store.reconfigure(often(Limits.builder().ttl(HOUR)));
    awaitGone(young.digest());
  }

  @Test
  void aClosedStoreIgnoresOtherLimits() {
    store.close();
    store.reconfigure(often(Limits.builder()));
    assertThat(store.limits()).isEqualTo(Limits.DEFAULT);
  }
}
