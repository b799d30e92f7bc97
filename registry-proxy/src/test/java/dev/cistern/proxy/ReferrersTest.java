package dev.cistern.proxy;

import static dev.cistern.proxy.testing.FakeRegistry.getManifest;
import static dev.cistern.proxy.testing.FakeRegistry.headManifest;
import static dev.cistern.proxy.testing.FakeRegistry.json;
import static dev.cistern.proxy.testing.FakeRegistry.status;
import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.MediaType;
import dev.cistern.api.Page;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.Referrers;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.policy.AccessRules;
import dev.cistern.proxy.policy.DeletedTags;
import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.policy.ImagePattern;
import dev.cistern.proxy.policy.TagPattern;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.FakeRegistry;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.testing.ScriptedDriver;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists of referrers (end-12a, end-12b). */
class ReferrersTest {

  private static final String NAME = ALPINE.value();
  private static final byte[] IMAGE = Samples.manifest("signed");
  private static final Digest SUBJECT = Digest.sha256(IMAGE);
  private static final String LIST = "GET /v2/" + NAME + "/referrers/" + SUBJECT;
  private static final String SIGNATURE = descriptor(1, "application/vnd.example.signature+json");
  private static final String SBOM = descriptor(2, "application/spdx+json");

  @TempDir private Path spool;
  private final FakeRegistry registry = FakeRegistry.start();
  private final ManualClock clock = new ManualClock();
  private final ScriptedDriver driver = new ScriptedDriver(clock);
  private final ContentStore store = new ContentStore(driver);
  private final List<PullThroughCache> opened = new ArrayList<>();

  private PullThroughCache cache() {
    return cache(builder -> builder);
  }

  private PullThroughCache cache(UnaryOperator<PullThroughCacheBuilder> options) {
    PullThroughCache cache =
        options
            .apply(
                PullThroughCache.builder()
                    .upstream(registry.connect())
                    .storage(driver)
                    .spoolDirectory(spool)
                    .clock(clock))
            .build();
    opened.add(cache);
    return cache;
  }

  @AfterEach
  void close() throws IOException {
    registry.close();
    for (PullThroughCache cache : opened) {
      cache.close();
    }
  }

  private static String descriptor(int number, String type) {
    return "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"size\":%d,\"digest\":\"sha256:%064d\",\"artifactType\":\"%s\"}"
        .formatted(number, number, type);
  }

  private void lists(String... descriptors) {
    registry.answer(
        LIST, request -> json("{\"manifests\":[" + String.join(",", descriptors) + "]}"));
  }

  private void hasImage() {
    registry.tag(NAME, LATEST.value(), MediaType.OCI_MANIFEST, IMAGE);
  }

  private static CompletionStage<Referrers> ask(PullThroughCache cache) {
    return cache.referrers(ALPINE, SUBJECT, Optional.empty(), Page.FIRST);
  }

  private static void assertList(Referrers referrers, String... descriptors) {
    assertThat(StandardCharsets.UTF_8.decode(referrers.body()).toString())
        .endsWith("\"manifests\":[" + String.join(",", descriptors) + "]}");
  }

  private static void assertStale(Referrers referrers, Duration age) {
    assertThat(referrers.status())
        .isInstanceOfSatisfying(
            CacheStatus.Stale.class, stale -> assertThat(stale.age()).isEqualTo(age));
  }

  private boolean isStored() throws IOException {
    return store.referrersList(ALPINE, SUBJECT).isPresent();
  }

  @Test
  void oneListAnswersAllFilters() {
    PullThroughCache cache =
        cache(b -> b.freshness(new FreshnessPolicy(Duration.ofMinutes(1), Duration.ofSeconds(3))));
    lists(SIGNATURE, SBOM);

    Referrers all = Await.value(ask(cache));
    Referrers some =
        Await.value(
            cache.referrers(ALPINE, SUBJECT, Optional.of("application/spdx+json"), Page.FIRST));

    assertList(all, SIGNATURE, SBOM);
    assertThat(all.status()).isInstanceOf(CacheStatus.Miss.class);
    assertList(some, SBOM);
    assertThat(some.status()).isEqualTo(new CacheStatus.Hit(Optional.of(Duration.ofMinutes(1))));
    assertThat(registry.requests()).filteredOn(LIST::equals).hasSize(1);
  }

  @Test
  void theUpstreamIsAskedAgainWhenTheListIsNoLongerFresh() {
    PullThroughCache cache =
        cache(b -> b.freshness(new FreshnessPolicy(Duration.ofMinutes(1), Duration.ofSeconds(3))));
    lists(SIGNATURE);
    Await.value(ask(cache));
    lists(SIGNATURE, SBOM);
    clock.advance(Duration.ofSeconds(59));
    assertList(Await.value(ask(cache)), SIGNATURE);

    clock.advance(Duration.ofSeconds(1));

    assertList(Await.value(ask(cache)), SIGNATURE, SBOM);
  }

  @Test
  void aListIsAsFreshAsItsTag() {
    PullThroughCache cache =
        cache(
            b ->
                b.freshness(
                    FreshnessPolicy.DEFAULT.withRule(
                        TagPattern.parse("sha256-*"), Duration.ofMinutes(1))));
    lists(SIGNATURE);

    Await.value(ask(cache));
    clock.advance(Duration.ofSeconds(59));

    assertThat(Await.value(ask(cache)).status())
        .isEqualTo(new CacheStatus.Hit(Optional.of(Duration.ofSeconds(1))));
  }

  @Test
  void aListIsGivenAtOnceWhileItIsChecked() {
    PullThroughCache cache =
        cache(b -> b.freshness(FreshnessPolicy.DEFAULT.withRevalidate(Duration.ofHours(1))));
    lists(SIGNATURE);
    Await.value(ask(cache));
    clock.advance(Duration.ofSeconds(5));
    Gate gate = registry.gate();
    registry.answer(
        LIST,
        request -> {
          gate.pass();
          return json("{\"manifests\":[" + SIGNATURE + "," + SBOM + "]}");
        });

    for (int client = 0; client < 10; client++) {
      Referrers answer = Await.value(ask(cache));
      assertList(answer, SIGNATURE);
      assertThat(answer.status())
          .isEqualTo(new CacheStatus.Hit(Optional.of(Duration.ofSeconds(-5))));
    }
    gate.awaitArrival();
    assertThat(registry.requests()).filteredOn(LIST::equals).hasSize(2);
    clock.advance(Duration.ofHours(1));
    CompletionStage<Referrers> waiting = ask(cache);
    assertThat(waiting.toCompletableFuture()).isNotDone();
    gate.open();

    assertList(Await.value(waiting), SIGNATURE, SBOM);
    assertThat(registry.requests()).filteredOn(LIST::equals).hasSize(2);
  }

  @Test
  void requestsThatComeInTheMeantimeShareOneQuestion() {
    PullThroughCache cache = cache();
    Gate gate = registry.gate();
    registry.answer(
        LIST,
        request -> {
          gate.pass();
          return json("{\"manifests\":[" + SBOM + "]}");
        });
    List<CompletionStage<Referrers>> waiting = new ArrayList<>();
    waiting.add(ask(cache));
    gate.awaitArrival();
    for (int i = 0; i < 10; i++) {
      waiting.add(ask(cache));
    }
    gate.open();

    assertThat(waiting).allSatisfy(stage -> assertList(Await.value(stage), SBOM));
    assertThat(registry.requests()).filteredOn(LIST::equals).hasSize(1);
  }

  @Test
  void theTagStandsInForTheApi() {
    registry.tag(
        NAME,
        Tag.ofReferrers(SUBJECT).value(),
        MediaType.OCI_INDEX,
        ("{\"manifests\":[" + SBOM + "]}").getBytes(StandardCharsets.UTF_8));

    assertList(Await.value(ask(cache())), SBOM);
  }

  @Test
  void anUnknownDigestHasNoReferrersAndIsNotAnError() {
    assertList(Await.value(ask(cache())));
  }

  @Test
  void theLastListIsServedWhenTheUpstreamIsGone() throws IOException {
    PullThroughCache cache = cache();
    lists(SIGNATURE);
    Await.value(ask(cache));
    registry.goDown();
    clock.advance(Duration.ofHours(1));

    Referrers stale = Await.value(ask(cache));

    assertList(stale, SIGNATURE);
    assertStale(stale, Duration.ofHours(1));
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404, 500, 503})
  void theLastListIsServedWhenTheUpstreamRefuses(int answer) {
    PullThroughCache cache = cache();
    lists(SIGNATURE);
    Await.value(ask(cache));
    String unknown = "{\"errors\":[{\"code\":\"NAME_UNKNOWN\"}]}";
    for (String request : List.of(LIST, getManifest(NAME, Tag.ofReferrers(SUBJECT)))) {
      registry.answer(request, r -> json(unknown).newBuilder().code(answer).build());
    }

    assertList(Await.value(ask(cache)), SIGNATURE);
  }

  @Test
  void anUnknownRepositoryIsRefusedWhereTheOperatorWantsSo() {
    PullThroughCache cache = cache(b -> b.deletedTags(DeletedTags.REFUSE));
    lists(SIGNATURE);
    Await.value(ask(cache));
    String unknown = "{\"errors\":[{\"code\":\"NAME_UNKNOWN\"}]}";
    for (String request : List.of(LIST, getManifest(NAME, Tag.ofReferrers(SUBJECT)))) {
      registry.answer(request, r -> json(unknown).newBuilder().code(404).build());
    }

    assertThat(Await.failure(ask(cache)).code()).isEqualTo(ErrorCode.NAME_UNKNOWN);
  }

  @Test
  void aFailureIsNotAnEmptyList() {
    registry.answer(LIST, request -> status(500));

    assertThat(Await.failure(ask(cache())).code()).isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @Test
  void aSilentUpstreamDelaysAStaleListForALimitedTime() {
    PullThroughCache cache =
        cache(b -> b.freshness(new FreshnessPolicy(Duration.ZERO, Duration.ofMillis(50))));
    lists(SIGNATURE);
    Await.value(ask(cache));
    Gate gate = registry.gate();
    registry.answer(
        LIST,
        request -> {
          gate.pass();
          return status(503);
        });

    assertStale(Await.value(ask(cache)), Duration.ZERO);
  }

  @Test
  void aListSurvivesARestart() throws IOException {
    PullThroughCache cache = cache();
    hasImage();
    lists(SIGNATURE, SBOM);
    Await.value(cache.manifest(ALPINE, SUBJECT));
    Await.value(ask(cache));
    driver.await(this::isStored);
    registry.goDown();
    clock.advance(Duration.ofHours(2));

    Referrers stale = Await.value(ask(cache()));

    assertList(stale, SIGNATURE, SBOM);
    assertStale(stale, Duration.ofHours(2));
  }

  @Test
  void theCheckOfASignatureCachesTheImageThatItNames() throws IOException {
    PullThroughCache cache = cache();
    hasImage();
    lists(SIGNATURE);

    // Such a client asks only which manifest the tag names.
    Await.value(cache.manifestInfo(ALPINE, LATEST));
    Await.value(ask(cache));
    driver.await(this::isStored);
    driver.await(() -> store.tag(ALPINE, LATEST).isPresent());
    registry.goDown();
    PullThroughCache restarted = cache();

    assertThat(Await.value(restarted.manifestInfo(ALPINE, LATEST)).digest()).isEqualTo(SUBJECT);
    assertList(Await.value(ask(restarted)), SIGNATURE);
  }

  @Test
  void whoRefersToASignatureIsKnownAfterARestartToo() throws IOException {
    PullThroughCache cache = cache();
    hasImage();
    Digest signature =
        registry.manifest(NAME, MediaType.OCI_MANIFEST, Samples.manifest("signature"));
    lists(SIGNATURE.replaceAll("sha256:[0-9]+", signature.toString()));
    registry.answer(
        "GET /v2/" + NAME + "/referrers/" + signature, request -> json("{\"manifests\":[]}"));
    Await.value(ask(cache));
    Await.value(cache.referrers(ALPINE, signature, Optional.empty(), Page.FIRST));
    driver.await(() -> store.referrersList(ALPINE, signature).isPresent());
    registry.goDown();

    assertList(Await.value(cache().referrers(ALPINE, signature, Optional.empty(), Page.FIRST)));
  }

  @Test
  void whatATagNamesIsKnownWithoutTheManifest() {
    PullThroughCache cache = cache();
    hasImage();
    Await.value(cache.manifestInfo(ALPINE, LATEST));
    registry.goDown();

    assertThat(Await.value(cache.manifestInfo(ALPINE, LATEST)))
        .satisfies(
            info -> {
              assertThat(info.digest()).isEqualTo(SUBJECT);
              assertThat(info.size()).isEqualTo(IMAGE.length);
              assertThat(info.status()).isInstanceOf(CacheStatus.Stale.class);
            });
  }

  @Test
  void aListOfAnImageThatIsNotCachedIsNotStored() throws IOException {
    PullThroughCache cache = cache();
    lists();
    Await.value(ask(cache));
    // Storing is done when the cache is closed.
    cache.close();

    assertThat(store.referrers(ALPINE, SUBJECT)).isEmpty();
    assertThat(store.repositories()).isEmpty();
  }

  @Test
  void aListGivesNoRightToReadAnything() throws IOException {
    PullThroughCache cache = cache();
    hasImage();
    byte[] secret = Samples.manifest("secret");
    Digest digest = registry.manifest(DEBIAN.value(), MediaType.OCI_MANIFEST, secret);
    Await.value(cache.manifest(DEBIAN, digest));
    Await.value(cache.manifest(ALPINE, SUBJECT));
    lists(descriptor(1, "a/b").replaceAll("sha256:[0-9]+", digest.toString()));
    Await.value(ask(cache));
    driver.await(this::isStored);
    Digest list = store.referrers(ALPINE, SUBJECT).orElseThrow();

    assertThat(Await.failure(cache.manifest(ALPINE, digest)).code())
        .isEqualTo(ErrorCode.MANIFEST_UNKNOWN);
    assertThat(Await.failure(cache.manifest(ALPINE, list)).code())
        .isEqualTo(ErrorCode.MANIFEST_UNKNOWN);
    assertThat(Await.failure(cache.blob(ALPINE, list)).code()).isEqualTo(ErrorCode.BLOB_UNKNOWN);
    assertThat(Await.failure(cache.manifest(ALPINE, Tag.ofReferrers(SUBJECT))).code())
        .isEqualTo(ErrorCode.MANIFEST_UNKNOWN);
  }

  @Test
  void rulesHoldForReferrersAsForTheManifest() {
    AccessRules rules =
        new AccessRules(List.of(), List.of(ImagePattern.parse("library/*")), List.of());
    PullThroughCache cache =
        cache(b -> b.upstream(UpstreamOptions.of(registry.connect()).access(rules)));
    lists(SIGNATURE);

    assertThat(Await.failure(ask(cache)).code()).isEqualTo(ErrorCode.DENIED);
    assertThat(registry.requests()).isEmpty();
  }

  @Test
  void aListThatWasRemovedComesBack() throws IOException {
    PullThroughCache cache = cache();
    hasImage();
    lists(SIGNATURE);
    Await.value(cache.manifest(ALPINE, SUBJECT));
    Await.value(ask(cache));
    driver.await(this::isStored);
    Digest list = store.referrers(ALPINE, SUBJECT).orElseThrow();
    new ContentInventory(driver).delete(list);
    assertThat(isStored()).isFalse();
    clock.advance(Duration.ofMinutes(2));

    assertList(Await.value(ask(cache)), SIGNATURE);
    driver.await(this::isStored);
  }

  // Absent tags of signatures

  @Test
  void whatTheUpstreamLackedIsStillAbsentWhenItIsGone() {
    PullThroughCache cache = cache();
    Tag signature = new Tag(Tag.ofReferrers(SUBJECT) + ".sig");
    assertThat(Await.failure(cache.manifest(ALPINE, signature)).code())
        .isEqualTo(ErrorCode.MANIFEST_UNKNOWN);
    registry.goDown();

    for (int i = 0; i < 10; i++) {
      clock.advance(Duration.ofHours(1));
      assertThat(Await.failure(cache.manifest(ALPINE, signature)))
          .satisfies(
              absence -> {
                assertThat(absence.code()).isEqualTo(ErrorCode.MANIFEST_UNKNOWN);
                assertThat(absence).hasMessageContaining("does not answer now");
              });
      assertThat(Await.failure(cache.manifestInfo(ALPINE, signature)).code())
          .isEqualTo(ErrorCode.MANIFEST_UNKNOWN);
    }
  }

  @Test
  void whatTheUpstreamWasNeverAskedForIsNotAbsent() {
    PullThroughCache cache = cache();
    Await.failure(cache.manifest(ALPINE, new Tag("asked")));
    registry.goDown();
    clock.advance(Duration.ofMinutes(1));

    assertThat(Await.failure(cache.manifest(ALPINE, new Tag("other"))).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
    assertThat(Await.failure(cache.manifest(new RepositoryName("b"), new Tag("asked"))).code())
        .isEqualTo(ErrorCode.BAD_GATEWAY);
  }

  @Test
  void whatTheUpstreamHasSinceIsNotAbsent() {
    PullThroughCache cache = cache();
    Await.failure(cache.manifestInfo(ALPINE, LATEST));
    clock.advance(Duration.ofMinutes(1));
    hasImage();
    Await.value(cache.manifestInfo(ALPINE, LATEST));
    registry.answer(headManifest(NAME, LATEST), request -> status(503));

    assertThat(Await.value(cache.manifestInfo(ALPINE, LATEST)).status())
        .isInstanceOf(CacheStatus.Stale.class);
  }

  @Test
  void whatTheUpstreamRefusesIsNotAbsent() {
    PullThroughCache cache = cache();
    Await.failure(cache.manifest(ALPINE, LATEST));
    clock.advance(Duration.ofMinutes(1));
    registry.answer(headManifest(NAME, LATEST), request -> status(403));
    registry.answer(getManifest(NAME, LATEST), request -> status(403));

    assertThat(Await.failure(cache.manifest(ALPINE, LATEST)).code()).isEqualTo(ErrorCode.DENIED);
  }

  @Test
  void aSilentUpstreamDelaysAbsenceForALimitedTime() {
    PullThroughCache cache =
        cache(b -> b.freshness(new FreshnessPolicy(Duration.ZERO, Duration.ofMillis(50))));
    Await.failure(cache.manifest(ALPINE, LATEST));
    clock.advance(Duration.ofMinutes(1));
    Gate gate = registry.gate();
    registry.answer(
        headManifest(NAME, LATEST),
        request -> {
          gate.pass();
          return status(503);
        });

    assertThat(Await.failure(cache.manifest(ALPINE, LATEST)).code())
        .isEqualTo(ErrorCode.MANIFEST_UNKNOWN);
  }
}
