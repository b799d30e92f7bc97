package dev.cistern.storage.content;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.content.StoredLink.Kind;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LinkInventoryTest {

  private static final String ALPINE_KEY = "docker/registry/v2/repositories/library/alpine/";
  private static final RepositoryName ALPINE = new RepositoryName("library/alpine");
  private static final Tag LATEST = new Tag("latest");
  private static final byte[] BODY = "{\"manifests\":[]}".getBytes(UTF_8);
  private static final Digest MANIFEST = Digest.sha256(BODY);
  private static final Digest LAYER = Digest.sha256("a layer".getBytes(UTF_8));

  private static final byte[] LIST_BODY = "a list".getBytes(UTF_8);
  private static final Digest LIST = Digest.sha256(LIST_BODY);

  private final MemoryDriver driver = new MemoryDriver();
  private final ContentStore store = new ContentStore(driver);
  private final LinkInventory inventory = new LinkInventory(driver);

  @BeforeEach
  void keepAnImage() throws IOException {
    store.link(ALPINE, LAYER);
    store.publishManifest(
        ALPINE, StoredManifest.of(MANIFEST, MediaType.DOCKER_MANIFEST_LIST, BODY));
    store.tag(ALPINE, LATEST, MANIFEST);
    store.publishReferrers(ALPINE, MANIFEST, LIST, LIST_BODY);
  }

  private List<StoredLink> links() {
    try (Stream<StoredLink> links = inventory.links(ALPINE)) {
      return links.toList();
    }
  }

  private StoredLink link(Kind kind) {
    return links().stream().filter(link -> link.kind() == kind).findAny().orElseThrow();
  }

  private void overwrite(StoredLink link, String content) throws IOException {
    driver.put(link.key(), ObjectBody.of(content.getBytes(UTF_8)));
  }

  @Test
  void eachLinkIsListedForWhatItIs() throws IOException {
    driver.put(ALPINE_KEY + "_layers/sha256/short/link", ObjectBody.of(new byte[1]));
    driver.put(ALPINE_KEY + "_layers/link", ObjectBody.of(new byte[1]));
    driver.put(ALPINE_KEY + "_manifests/tags/-/current/link", ObjectBody.of(new byte[1]));
    store.link(new RepositoryName("library/alpine/git"), MANIFEST);

    assertThat(links())
        .extracting(StoredLink::kind)
        .containsExactlyInAnyOrder(
            Kind.BLOB, Kind.MANIFEST, Kind.TAG, Kind.TAG_HISTORY, Kind.REFERRERS);
    assertThat(link(Kind.BLOB).digest()).contains(LAYER);
    assertThat(link(Kind.MANIFEST).digest()).contains(MANIFEST);
    assertThat(link(Kind.TAG_HISTORY).digest()).contains(MANIFEST);
    assertThat(link(Kind.REFERRERS).digest()).isEmpty();
    assertThat(link(Kind.REFERRERS).allows()).isFalse();
    assertThat(inventory.target(link(Kind.REFERRERS))).contains(LIST);
    assertThat(link(Kind.TAG).digest()).isEmpty();
    assertThat(link(Kind.TAG).tag()).contains(LATEST);
    assertThat(inventory.target(link(Kind.TAG))).contains(MANIFEST);
  }

  @Test
  void whatIsWholeIsNotBroken() throws IOException {
    for (StoredLink link : links()) {
      assertThat(inventory.isBroken(link)).isFalse();
      assertThat(inventory.removeBroken(link)).isFalse();
    }
    overwrite(link(Kind.BLOB), LAYER + "\n");
    assertThat(inventory.isBroken(link(Kind.BLOB))).isFalse();
    assertThat(links()).hasSize(5);
  }

  @Test
  void aTornLinkGoes() throws IOException {
    overwrite(link(Kind.MANIFEST), "");
    StoredLink torn = link(Kind.MANIFEST);

    assertThat(inventory.isBroken(torn)).isTrue();
    assertThat(inventory.removeBroken(torn)).isTrue();

    assertThat(links()).extracting(StoredLink::kind).doesNotContain(Kind.MANIFEST);
    assertThat(inventory.isBroken(torn)).as("one that is gone").isFalse();
    assertThat(inventory.removeBroken(torn)).isFalse();
  }

  @Test
  void aLinkThatHoldsAnotherDigestThanItsNameGoes() throws IOException {
    overwrite(link(Kind.BLOB), MANIFEST.toString());

    assertThat(inventory.removeBroken(link(Kind.BLOB))).isTrue();

    assertThat(store.blob(ALPINE, LAYER)).isEmpty();
  }

  @Test
  void aTagThatNamesNothingGoesWithItsHistory() throws IOException {
    overwrite(link(Kind.TAG), "latest, surely");
    StoredLink garbage = link(Kind.TAG);
    assertThat(inventory.target(garbage)).isEmpty();

    assertThat(inventory.removeBroken(garbage)).isTrue();

    assertThat(store.tags(ALPINE)).isEmpty();
    assertThat(links())
        .extracting(StoredLink::kind)
        .containsExactlyInAnyOrder(Kind.BLOB, Kind.MANIFEST, Kind.REFERRERS);
  }

  @Test
  void aLinkThatHasBeenMendedMeanwhileStays() throws IOException {
    overwrite(link(Kind.TAG), "");
    StoredLink torn = link(Kind.TAG);
    store.tag(ALPINE, LATEST, MANIFEST);

    assertThat(inventory.removeBroken(torn)).isFalse();

    assertThat(store.tag(ALPINE, LATEST)).contains(MANIFEST);
  }
}
