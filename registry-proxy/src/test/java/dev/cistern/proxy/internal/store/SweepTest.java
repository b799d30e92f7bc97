package dev.cistern.proxy.internal.store;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.Tag;
import dev.cistern.proxy.policy.EvictionReason;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepTest extends BoundedStoreFixture {

  SweepTest(@TempDir Path directory) throws IOException {
    super(directory);
  }

  // Idle time

  @Test
  void unusedContentExpiresAndAUseRenewsIt() throws IOException {
    reopen(Limits.builder().ttl(Duration.ofHours(10)));
    Digest unused = publish(ALPINE, 1);
    Digest used = publish(ALPINE, 2);
    clock.advance(Duration.ofHours(9));
    use(ALPINE, used);
    clock.advance(Duration.ofHours(2));

    awaitGone(unused);
    assertThat(holds(used)).isTrue();
    Await.until(() -> events.evicted(EvictionReason.IDLE) == 1);
    clock.advance(Duration.ofHours(9));
    awaitGone(used);
  }

  @Test
  void aTtlOfZeroKeepsContentForever() throws IOException {
    reopen(Limits.builder().ttl(Duration.ZERO));
    Digest a = publish(ALPINE, 1);
    clock.advance(Duration.ofDays(3650));
    store.close();
    assertThat(holds(a)).isTrue();
  }

  @Test
  void usesAreKnownAfterARestart() throws IOException {
    Limits.Builder limits = Limits.builder().ttl(Duration.ofHours(10));
    reopen(limits);
    Digest unused = publish(ALPINE, 1);
    Digest used = publish(ALPINE, 2);
    clock.advance(Duration.ofHours(9));
    use(ALPINE, used);

    reopen(limits);
    clock.advance(Duration.ofHours(2));

    awaitGone(unused);
    assertThat(holds(used)).isTrue();
  }

  @Test
  void usesAreStoredWithoutClosing() throws IOException {
    reopen(Limits.builder().ttl(Duration.ofHours(10)));
    Digest used = publish(ALPINE, 1);
    clock.advance(Duration.ofHours(9));
    Instant now = clock.instant();
    use(ALPINE, used);
    Await.until(
        () -> {
          try {
            return inventory
                .blob(used)
                .orElseThrow()
                .modified()
                .isAfter(now.minus(Duration.ofSeconds(1)));
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void storedTimesOfUseAreUpdatedByTheClock() throws IOException {
    Digest a = publish(ALPINE, 1);
    clock.advance(Duration.ofHours(2));
    reopen(Limits.builder().ttl(HOUR));
    awaitGone(a);
  }

  @Test
  void theExpiryOfOneRepositoryDoesNotAffectAnother() throws IOException {
    reopen(Limits.builder().ttl(Duration.ofHours(10)));
    Digest shared = publish(ALPINE, 1);
    publish(DEBIAN, 1);
    clock.advance(Duration.ofHours(9));
    use(DEBIAN, shared);
    clock.advance(Duration.ofHours(9));
    Digest other = publish(ALPINE, 2);
    clock.advance(HOUR.dividedBy(2));
    use(DEBIAN, shared);
    use(ALPINE, shared);
    use(ALPINE, other);
  }

  // What is left behind

  @Test
  void linksTagsAndRepositoriesAreRemovedWithTheirContent() throws IOException {
    reopen(Limits.builder().ttl(Duration.ofHours(10)));
    publish(ALPINE, 1);
    StoredManifest manifest = manifest(Samples.manifest("old"));
    store.publishManifest(ALPINE, manifest);
    inventory.touch(manifest.digest(), clock.instant());
    ContentStore content = new ContentStore(driver);
    content.tag(ALPINE, new Tag("latest"), manifest.digest());
    publish(DEBIAN, 2);
    clock.advance(Duration.ofHours(9));
    Digest kept = publish(DEBIAN, 2);
    use(DEBIAN, kept);
    clock.advance(Duration.ofHours(2));

    Await.until(
        () -> {
          try {
            return content.repositories().equals(List.of(DEBIAN));
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    use(DEBIAN, kept);
  }

  // Pins

  @Test
  void aPinnedImageStaysWithAllItsContent() throws IOException {
    Digest layer = publish(ALPINE, 1);
    Digest other = publish(ALPINE, 2);
    StoredManifest image =
        manifest(
            """
            {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
             "config": {"mediaType": "application/vnd.oci.empty.v1+json", "size": 2, "digest": "%s"},
             "layers": [{"mediaType": "application/x", "size": %d, "digest": "%s"}]}
            """
                .formatted(other, SIZE, layer));
    StoredManifest list =
        manifest(
            """
            {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
             "manifests": [{"mediaType": "application/vnd.oci.image.manifest.v1+json",
               "size": %d, "digest": "%s"}]}
            """
                .formatted(image.size(), image.digest()));
    StoredManifest loose = manifest(Samples.manifest("loose"));
    for (StoredManifest manifest : new StoredManifest[] {image, list, loose}) {
      store.publishManifest(ALPINE, manifest);
      inventory.touch(manifest.digest(), clock.instant());
    }
    new ContentStore(driver).tag(ALPINE, new Tag("3.20"), list.digest());
    new ContentStore(driver).tag(ALPINE, new Tag("edge"), loose.digest());
    clock.advance(Duration.ofDays(30));

    reopen(Limits.builder().pin("library/alpine:3.*"));

    awaitGone(loose.digest());
    assertThat(holds(layer)).isTrue();
    assertThat(holds(other)).isTrue();
    assertThat(holds(image.digest())).isTrue();
    assertThat(holds(list.digest())).isTrue();
  }
}
