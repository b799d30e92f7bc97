package dev.cistern.proxy.internal.store;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.policy.Share;
import dev.cistern.proxy.testing.Await;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpstreamSharesTest extends BoundedStoreFixture {

  UpstreamSharesTest(@TempDir Path directory) throws IOException {
    super(directory);
  }

  private static final RepositoryName GHCR = new RepositoryName("ghcr.io/team/app");
  private static final RepositoryName QUAY = new RepositoryName("quay.io/team/app");

  private static Limits.Builder forever() {
    return Limits.builder().ttl(Duration.ZERO);
  }

  private static Share share(int contents) {
    return Share.WHOLE.maxSize(contents * Costs.of(SIZE));
  }

  @Test
  void aFullShareEvictsOnlyItsOwnContent() throws IOException {
    reopen(forever().lowMark(100).share("ghcr.io", share(2)));
    Digest ofHub = publish(ALPINE, 1);
    Digest ofQuay = publish(QUAY, 2);
    clock.advance(HOUR);
    Digest a = publish(GHCR, 3);
    clock.advance(HOUR);
    Digest b = publish(GHCR, 4);
    clock.advance(HOUR);

    Digest c = publish(GHCR, 5);

    assertThat(holds(a)).isFalse();
    assertThat(holds(b)).isTrue();
    assertThat(holds(c)).isTrue();
    assertThat(holds(ofHub)).isTrue();
    assertThat(holds(ofQuay)).isTrue();
    assertThat(events.evicted(EvictionReason.SIZE)).isEqualTo(1);
  }

  @Test
  void aBlobLargerThanTheShareEvictsNothing() throws IOException {
    reopen(forever().share("ghcr.io", share(2)));
    Digest a = publish(GHCR, 1);
    try (Room room = store.room(GHCR)) {
      assertThatExceptionOfType(NoRoomException.class).isThrownBy(() -> room.reserve(3 * SIZE));
    }
    try (Room first = store.room(GHCR);
        Room second = store.room(GHCR)) {
      first.reserve(SIZE);
      assertThatExceptionOfType(NoRoomException.class).isThrownBy(() -> second.reserve(2 * SIZE));
    }
    assertThat(holds(a)).isTrue();
  }

  @Test
  void eachUpstreamHasItsOwnTtl() throws IOException {
    reopen(
        Limits.builder()
            .ttl(HOUR.multipliedBy(10))
            .share("ghcr.io", Share.WHOLE.ttl(HOUR.multipliedBy(2)))
            .share("quay.io", Share.WHOLE.ttl(Duration.ZERO)));
    Digest ofHub = publish(ALPINE, 1);
    Digest ofGhcr = publish(GHCR, 2);
    Digest ofQuay = publish(QUAY, 3);

    clock.advance(HOUR.multipliedBy(3));
    awaitGone(ofGhcr);
    assertThat(holds(ofHub)).isTrue();
    clock.advance(HOUR.multipliedBy(8));
    awaitGone(ofHub);
    assertThat(holds(ofQuay)).isTrue();
    Await.until(() -> events.evicted(EvictionReason.IDLE) == 2);
  }

  @Test
  void afterARestartTheLinksTellWhoHasTheContent() throws IOException {
    Digest ofHub = publish(ALPINE, 1);
    Digest older = publish(GHCR, 2);
    clock.advance(HOUR);
    Digest newer = publish(GHCR, 3);
    clock.advance(HOUR);
    store.close();

    store = open(often(forever().lowMark(50).share("ghcr.io", share(2))));
    Digest third = publish(GHCR, 4);

    awaitGone(older);
    Await.until(() -> events.evicted(EvictionReason.SIZE) >= 1);
    assertThat(holds(third)).isTrue();
    assertThat(holds(ofHub)).isTrue();
    assertThat(holds(newer) ? 1 : 2).isEqualTo((int) events.evicted(EvictionReason.SIZE));
  }

  @Test
  void contentOfTwoUpstreamsStaysAsLongAsEitherKeepsIt() throws IOException {
    Limits.Builder limits =
        Limits.builder()
            .ttl(HOUR.multipliedBy(10))
            .share("ghcr.io", new Share(Costs.of(SIZE), Optional.of(HOUR)))
            .share("quay.io", Share.WHOLE.ttl(HOUR.multipliedBy(20)));
    reopen(limits);
    Digest shared = publish(GHCR, 1);
    publish(ALPINE, 1);
    Digest longer = publish(ALPINE, 2);
    new ContentStore(driver).link(QUAY, longer);
    store.linked(QUAY, longer);
    Digest alone = publish(GHCR, 3);

    reopen(limits);
    clock.advance(HOUR.multipliedBy(2));
    awaitGone(alone);
    assertThat(holds(shared)).isTrue();
    clock.advance(HOUR.multipliedBy(9));
    awaitGone(shared);
    assertThat(holds(longer)).isTrue();
    clock.advance(HOUR.multipliedBy(10));
    awaitGone(longer);
  }

  @Test
  void aShareCanBeGivenWhileTheStoreIsUsed() throws IOException {
    reopen(forever());
    Digest ofHub = publish(ALPINE, 1);
    Digest a = publish(GHCR, 2);
    clock.advance(HOUR);
    Digest b = publish(GHCR, 3);

    store.reconfigure(often(forever().lowMark(100).share("ghcr.io", share(1))));
    awaitGone(a);
    assertThat(holds(b)).isTrue();
    store.reconfigure(often(forever().share("quay.io", share(1)).ttl(HOUR)));
    clock.advance(HOUR.multipliedBy(2));
    awaitGone(b);
    awaitGone(ofHub);
  }

  @Test
  void pinnedContentStaysInAFullShare() throws IOException {
    reopen(forever().pin("ghcr.io/team/app:v1"));
    StoredManifest pinned = tagged(GHCR, "v1");
    clock.advance(HOUR);
    Digest a = publish(GHCR, 1);

    store.reconfigure(
        often(
            forever()
                .pin("ghcr.io/team/app:v1")
                .share("ghcr.io", Share.WHOLE.maxSize(pinned.size() + 20_000))));

    awaitGone(a);
    assertThat(holds(pinned.digest())).isTrue();
  }
}
