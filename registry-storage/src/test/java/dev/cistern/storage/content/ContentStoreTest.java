package dev.cistern.storage.content;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import dev.cistern.api.MediaType;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.filesystem.FilesystemDriver;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentStoreTest {

  private static final String V2 = "docker/registry/v2/";
  private static final RepositoryName ALPINE = new RepositoryName("library/alpine");
  private static final RepositoryName BUSYBOX = new RepositoryName("library/busybox");
  private static final Tag LATEST = new Tag("latest");
  private static final Digest LAYER = Digest.sha256(bytes("a layer"));
  private static final String LAYER_DATA =
      V2 + "blobs/sha256/" + LAYER.hex().substring(0, 2) + "/" + LAYER.hex() + "/data";
  private static final String LAYER_LINK =
      V2 + "repositories/library/alpine/_layers/sha256/" + LAYER.hex() + "/link";
  private static final StoredManifest MANIFEST =
      manifest(
          MediaType.OCI_INDEX,
          "{\"schemaVersion\":2,\"mediaType\":\""
              + MediaType.OCI_INDEX.value()
              + "\",\"manifests\":[]}");
  private static final String MANIFEST_DATA =
      V2
          + "blobs/sha256/"
          + MANIFEST.digest().hex().substring(0, 2)
          + "/"
          + MANIFEST.digest().hex()
          + "/data";
  private static final String REVISION =
      V2 + "repositories/library/alpine/_manifests/revisions/sha256/" + MANIFEST.digest().hex();
  private static final String TAGS = V2 + "repositories/library/alpine/_manifests/tags";

  private final Path directory;
  private final RecordingDriver driver = new RecordingDriver(new MemoryDriver());
  private final ContentStore store = new ContentStore(driver);

  ContentStoreTest(@TempDir Path directory) {
    this.directory = directory;
  }

  // Memory

  @Test
  void aManifestIsReadIntoTheMemoryThatIsGivenForIt() throws IOException {
    store.publishManifest(ALPINE, MANIFEST);
    List<byte[]> given = new ArrayList<>();
    ContentStore bounded = new ContentStore(driver, length -> given(given, length));

    StoredManifest read = bounded.manifest(ALPINE, MANIFEST.digest()).orElseThrow();

    assertThat(given).singleElement().satisfies(array -> assertThat(array).isEqualTo(read.bytes()));
    // It is no copy.
    given.get(0)[0] = 'x';
    assertThat(read.body().get(0)).isEqualTo((byte) 'x');
  }

  private static byte[] given(List<byte[]> all, int length) {
    byte[] array = new byte[length];
    all.add(array);
    return array;
  }

  @Test
  void withoutMemoryForAManifestOrAListThereIsAFailureAndNothingIsAbsent() throws IOException {
    byte[] list = bytes("{}");
    store.publishManifest(ALPINE, MANIFEST);
    store.publishReferrers(ALPINE, MANIFEST.digest(), Digest.sha256(list), list);
    ContentStore full =
        new ContentStore(
            driver,
            length -> {
              throw new IOException("no memory for " + length + " bytes");
            });

    assertThatIOException()
        .isThrownBy(() -> full.manifest(ALPINE, MANIFEST.digest()))
        .withMessage("no memory for " + MANIFEST.size() + " bytes");
    assertThatIOException().isThrownBy(() -> full.referrersList(ALPINE, MANIFEST.digest()));
    assertThat(full.holdsManifest(ALPINE, MANIFEST.digest())).isTrue();
    assertThat(full.holdsManifest(BUSYBOX, MANIFEST.digest())).isFalse();
  }

  // Blobs

  @Test
  void aBlobIsPublishedBytesFirst() throws IOException {
    publishLayer(ALPINE);

    assertThat(driver.calls())
        .filteredOn(call -> call.startsWith("put"))
        .containsExactly("put " + LAYER_DATA, "putIfAbsent " + LAYER_LINK);
    assertThat(content(driver, LAYER_LINK)).isEqualTo(LAYER.toString());
    assertThat(content(driver, LAYER_DATA)).isEqualTo("a layer");
  }

  @Test
  void aBlobIsReadWithOneLookAndOneOpening() throws IOException {
    publishLayer(ALPINE);
    driver.calls();

    try (StoredBlob blob = store.blob(ALPINE, LAYER).orElseThrow()) {
      assertThat(blob.digest()).isEqualTo(LAYER);
      assertThat(blob.size()).isEqualTo(7);
      assertThat(blob.channel()).isEmpty();
      ByteBuffer buffer = ByteBuffer.allocate(5);
      assertThat(blob.read(buffer, 2)).isEqualTo(5);
      assertThat(buffer.array()).isEqualTo(bytes("layer"));
      assertThat(blob.read(ByteBuffer.allocate(5), 7)).isEqualTo(-1);
    }
    assertThat(driver.calls()).containsExactly("stat " + LAYER_LINK, "open " + LAYER_DATA);
  }

  @Test
  void aBlobIsServedOnlyToRepositoriesThatAreLinked() throws IOException {
    publishLayer(ALPINE);
    assertThat(store.holds(LAYER)).isTrue();
    assertThat(store.blob(BUSYBOX, LAYER)).isEmpty();

    store.link(BUSYBOX, LAYER);
    store.blob(BUSYBOX, LAYER).orElseThrow().close();
  }

  @Test
  void aLinkWithoutBytesIsAnAbsentBlob() throws IOException {
    store.link(ALPINE, LAYER);
    assertThat(store.blob(ALPINE, LAYER)).isEmpty();
    assertThat(store.holds(LAYER)).isFalse();
  }

  @Test
  void aLinkThatIsThereIsNotWrittenAgain() throws IOException {
    store.link(ALPINE, LAYER);
    driver.calls();
    store.link(ALPINE, LAYER);
    assertThat(driver.calls()).containsExactly("putIfAbsent " + LAYER_LINK, "stat " + LAYER_LINK);
  }

  @Test
  void bytesThatAreHereAreNotStoredTwice() throws IOException {
    publishLayer(ALPINE);
    driver.calls();
    Path again = publishLayer(BUSYBOX);

    assertThat(driver.calls()).doesNotContain("put " + LAYER_DATA);
    assertThat(again).doesNotExist();
    store.blob(BUSYBOX, LAYER).orElseThrow().close();
  }

  @Test
  void anEmptyFileIsNoBlobAndIsReplaced() throws IOException {
    publishLayer(ALPINE);
    driver.put(LAYER_DATA, ObjectBody.of(new byte[0]));
    assertThat(store.blob(ALPINE, LAYER)).isEmpty();
    assertThat(store.holds(LAYER)).isFalse();

    publishLayer(ALPINE);
    assertThat(content(driver, LAYER_DATA)).isEqualTo("a layer");
  }

  @Test
  void theEmptyBlobIsABlob() throws IOException {
    Digest empty = Digest.sha256(new byte[0]);
    store.publishBlob(ALPINE, empty, Files.createFile(directory.resolve("empty")));
    assertThat(store.holds(empty)).isTrue();
    store.blob(ALPINE, empty).orElseThrow().close();
  }

  @Test
  void anEmptyLinkIsNoneAndIsReplaced() throws IOException {
    publishLayer(ALPINE);
    driver.put(LAYER_LINK, ObjectBody.of(new byte[0]));
    assertThat(store.blob(ALPINE, LAYER)).isEmpty();
    store.link(ALPINE, LAYER);
    store.blob(ALPINE, LAYER).orElseThrow().close();
  }

  @Test
  void aPublicationThatFailsMakesNothingVisibleAndLeavesTheFile() throws IOException {
    driver.refuse("put " + LAYER_DATA);
    Path file = Files.writeString(directory.resolve("layer"), "a layer");
    assertThatIOException().isThrownBy(() -> store.publishBlob(ALPINE, LAYER, file));
    assertThat(file).hasContent("a layer");
    driver.refuse("nothing");
    assertThat(store.blob(ALPINE, LAYER)).isEmpty();
  }

  @Test
  void aFailureIsNeverAbsence() throws IOException {
    publishLayer(ALPINE);
    store.publishManifest(ALPINE, MANIFEST);
    store.tag(ALPINE, LATEST, MANIFEST.digest());
    for (String operation : new String[] {"stat", "open", "children"}) {
      driver.refuse(operation);
      if (operation.equals("children")) {
        assertThatIOException().isThrownBy(() -> store.tags(ALPINE));
        assertThatIOException().isThrownBy(store::repositories);
      } else {
        assertThatIOException().isThrownBy(() -> store.blob(ALPINE, LAYER));
        assertThatIOException().isThrownBy(() -> store.manifest(ALPINE, MANIFEST.digest()));
      }
    }
    driver.refuse("open");
    assertThatIOException().isThrownBy(() -> store.tag(ALPINE, LATEST));
    driver.refuse("stat");
    assertThatIOException().isThrownBy(() -> store.holds(LAYER));
  }

  @Test
  void sha512HasTheSameLayout() throws IOException {
    Digest digest = Digest.of(DigestAlgorithm.SHA512, bytes("a layer"));
    store.publishBlob(ALPINE, digest, Files.writeString(directory.resolve("layer"), "a layer"));
    assertThat(
            content(
                driver,
                V2 + "blobs/sha512/" + digest.hex().substring(0, 2) + "/" + digest.hex() + "/data"))
        .isEqualTo("a layer");
    store.blob(ALPINE, digest).orElseThrow().close();
  }

  @Test
  void overFilesABlobIsAdoptedAndItsChannelHandedOut() throws IOException {
    try (FilesystemDriver files = FilesystemDriver.open(directory.resolve("root"))) {
      ContentStore overFiles = new ContentStore(files);
      Path spooled = overFiles.spoolDirectory().orElseThrow().resolve("layer");
      Files.writeString(spooled, "a layer");
      overFiles.publishBlob(ALPINE, LAYER, spooled);

      assertThat(spooled).doesNotExist();
      try (StoredBlob blob = overFiles.blob(ALPINE, LAYER).orElseThrow()) {
        assertThat(blob.channel().orElseThrow().size()).isEqualTo(7);
        assertThat(blob.size()).isEqualTo(7);
        ByteBuffer buffer = ByteBuffer.allocate(7);
        blob.read(buffer, 0);
        assertThat(buffer.array()).isEqualTo(bytes("a layer"));
      }
    }
    assertThat(store.spoolDirectory()).isEmpty();
  }

  // Manifests

  @Test
  void aManifestIsPublishedBytesFirst() throws IOException {
    store.publishManifest(ALPINE, MANIFEST);
    assertThat(driver.calls())
        .filteredOn(call -> call.startsWith("put"))
        .containsExactly("put " + MANIFEST_DATA, "putIfAbsent " + REVISION + "/link");
    assertThat(content(driver, REVISION + "/link")).isEqualTo(MANIFEST.digest().toString());
    assertThat(store.manifest(ALPINE, MANIFEST.digest())).contains(MANIFEST);
    assertThat(store.manifest(BUSYBOX, MANIFEST.digest())).isEmpty();
  }

  @Test
  void aMediaTypeThatTheBodyDoesNotSayIsKeptBesideTheLink() throws IOException {
    StoredManifest odd =
        new StoredManifest(
            MANIFEST.digest(), new MediaType("application/vnd.example+json"), MANIFEST.body());
    store.publishManifest(ALPINE, odd);
    assertThat(driver.calls())
        .filteredOn(call -> call.startsWith("put"))
        .containsExactly(
            "put " + MANIFEST_DATA,
            "put " + REVISION + "/mediatype",
            "putIfAbsent " + REVISION + "/link");
    assertThat(store.manifest(ALPINE, MANIFEST.digest()).orElseThrow().mediaType())
        .isEqualTo(odd.mediaType());

    store.publishManifest(ALPINE, MANIFEST);
    assertThat(store.manifest(ALPINE, MANIFEST.digest()).orElseThrow().mediaType())
        .isEqualTo(MediaType.OCI_INDEX);
  }

  @Test
  void aBrokenMediaTypeIsPassedOver() throws IOException {
    store.publishManifest(ALPINE, MANIFEST);
    for (String broken : new String[] {"", "no media type", "\0\0\0"}) {
      driver.put(REVISION + "/mediatype", ObjectBody.of(bytes(broken)));
      assertThat(store.manifest(ALPINE, MANIFEST.digest())).contains(MANIFEST);
    }
  }

  @Test
  void bytesThatAreNoManifestAreServedAsBytes() throws IOException {
    StoredManifest odd = manifest(MediaType.OCTET_STREAM, "not JSON at all");
    store.publishManifest(ALPINE, odd);
    assertThat(store.manifest(ALPINE, odd.digest())).contains(odd);
  }

  @Test
  void wrongBytesAreNoManifestAndAreReplaced() throws IOException {
    store.publishManifest(ALPINE, MANIFEST);
    byte[] wrong = MANIFEST.bytes();
    wrong[3] ^= 1;
    for (byte[] bytes : new byte[][] {wrong, new byte[0], bytes("{")}) {
      driver.put(MANIFEST_DATA, ObjectBody.of(bytes));
      assertThat(store.manifest(ALPINE, MANIFEST.digest())).isEmpty();
      store.publishManifest(ALPINE, MANIFEST);
      assertThat(store.manifest(ALPINE, MANIFEST.digest())).contains(MANIFEST);
    }
  }

  @Test
  void aManifestOfAnotherDigestIsNotPublished() {
    StoredManifest wrong = StoredManifest.of(LAYER, MediaType.OCI_INDEX, MANIFEST.bytes());
    assertThatIllegalArgumentException().isThrownBy(() -> store.publishManifest(ALPINE, wrong));
    assertThat(driver.calls()).isEmpty();
  }

  @Test
  void aManifestOfManyMebibytesPasses() throws IOException {
    StoredManifest large =
        manifest(
            MediaType.OCI_INDEX,
            "{\"schemaVersion\":2,\"manifests\":[]" + " ".repeat(5 << 20) + "}");
    store.publishManifest(ALPINE, large);
    assertThat(store.manifest(ALPINE, large.digest())).contains(large);
  }

  @Test
  void theBodyOfAManifestIsItsOwnInEachHand() {
    MANIFEST.body().get();
    assertThat(MANIFEST.body().position()).isZero();
    assertThat(MANIFEST.body().isReadOnly()).isTrue();
    assertThat(MANIFEST.size()).isEqualTo(MANIFEST.bytes().length);
    assertThat(MANIFEST.toString())
        .doesNotContain("schemaVersion")
        .contains(MANIFEST.digest().toString());
  }

  // Tags

  @Test
  void aTagIsWrittenAsDistributionDoes() throws IOException {
    store.tag(ALPINE, LATEST, MANIFEST.digest());
    assertThat(driver.calls())
        .filteredOn(call -> call.startsWith("put"))
        .containsExactly(
            "putIfAbsent " + TAGS + "/latest/index/sha256/" + MANIFEST.digest().hex() + "/link",
            "put " + TAGS + "/latest/current/link");
    assertThat(content(driver, TAGS + "/latest/current/link"))
        .isEqualTo(MANIFEST.digest().toString());
    assertThat(store.tag(ALPINE, LATEST)).contains(MANIFEST.digest());
    assertThat(store.tag(BUSYBOX, LATEST)).isEmpty();
  }

  @Test
  void aTagMovesAndATagThatStaysIsNotWritten() throws IOException {
    store.tag(ALPINE, LATEST, LAYER);
    store.tag(ALPINE, LATEST, MANIFEST.digest());
    assertThat(store.tag(ALPINE, LATEST)).contains(MANIFEST.digest());
    driver.calls();
    store.tag(ALPINE, LATEST, MANIFEST.digest());
    assertThat(driver.calls()).noneMatch(call -> call.startsWith("put "));
    store.tag(ALPINE, LATEST, LAYER);
    assertThat(store.tag(ALPINE, LATEST)).contains(LAYER);
  }

  @Test
  void whiteSpaceAfterADigestIsNoHarm() throws IOException {
    driver.put(TAGS + "/latest/current/link", ObjectBody.of(bytes(LAYER + " \r\n")));
    assertThat(store.tag(ALPINE, LATEST)).contains(LAYER);
  }

  @Test
  void aTagThatHoldsNoDigestIsAbsentAndIsReplaced() throws IOException {
    for (String broken : new String[] {"", "\0\0", "sha256:12", "x".repeat(5000)}) {
      driver.put(TAGS + "/latest/current/link", ObjectBody.of(bytes(broken)));
      assertThat(store.tag(ALPINE, LATEST)).isEmpty();
      store.tag(ALPINE, LATEST, LAYER);
      assertThat(store.tag(ALPINE, LATEST)).contains(LAYER);
    }
  }

  @Test
  void anUntaggedTagLeavesNothing() throws IOException {
    store.publishManifest(ALPINE, MANIFEST);
    store.tag(ALPINE, LATEST, LAYER);
    store.tag(ALPINE, LATEST, MANIFEST.digest());
    store.tag(ALPINE, new Tag("latest-1"), LAYER);
    store.untag(ALPINE, LATEST);
    store.untag(BUSYBOX, LATEST);

    assertThat(store.tag(ALPINE, LATEST)).isEmpty();
    assertThat(store.tags(ALPINE)).containsExactly(new Tag("latest-1"));
    assertThat(store.manifest(ALPINE, MANIFEST.digest())).isPresent();
    try (Stream<?> left = driver.list(TAGS + "/latest")) {
      assertThat(left).isEmpty();
    }
  }

  // Names

  @Test
  void tagsAreInLexicalOrder() throws IOException {
    for (String tag : new String[] {"b", "a", "B", "1.10", "1.9", "_x", "a-1"}) {
      store.tag(ALPINE, new Tag(tag), LAYER);
    }
    assertThat(store.tags(ALPINE))
        .extracting(Tag::value)
        .containsExactly("1.10", "1.9", "B", "_x", "a", "a-1", "b");
    assertThat(store.tags(BUSYBOX)).isEmpty();
  }

  @Test
  void whatHasNoCurrentDigestIsNoTag() throws IOException {
    driver.put(
        TAGS + "/half/index/sha256/" + LAYER.hex() + "/link",
        ObjectBody.of(bytes(LAYER.toString())));
    driver.put(TAGS + "/-bad/current/link", ObjectBody.of(bytes(LAYER.toString())));
    assertThat(store.tags(ALPINE)).isEmpty();
  }

  @Test
  void repositoriesAreInLexicalOrderAtAnyDepth() throws IOException {
    for (String name : new String[] {"z", "a/b/c/d", "a", "a/b", "a-b", "quay.io/team/app"}) {
      store.link(new RepositoryName(name), LAYER);
    }
    store.tag(new RepositoryName("tagged/only"), LATEST, LAYER);
    driver.put(V2 + "repositories/Not/A/Name/_layers/x", ObjectBody.of(bytes("x")));
    driver.put(V2 + "repositories/uploading/_uploads/x/data", ObjectBody.of(bytes("x")));

    assertThat(store.repositories())
        .extracting(RepositoryName::value)
        .containsExactly("a", "a-b", "a/b", "a/b/c/d", "quay.io/team/app", "tagged/only", "z");
  }

  @Test
  void repositoriesAreListedPageByPage() throws IOException {
    List<String> names =
        List.of("a", "a-b", "a.b/c", "a/b", "a/b/c/d", "a/b0", "a0", "library/x", "z");
    for (String name : names) {
      store.link(new RepositoryName(name), LAYER);
    }
    for (String after : List.of("", "a", "a-", "a/", "a/b", "a/b/c", "a/b/c/d", "a0", "m", "z")) {
      assertThat(store.repositories(after, 3))
          .as("after '%s'", after)
          .extracting(RepositoryName::value)
          .isEqualTo(names.stream().filter(name -> name.compareTo(after) > 0).limit(3).toList());
    }
    assertThat(store.repositories("", 0)).isEmpty();
  }

  @Test
  void aPageOfRepositoriesListsOnlyWhatItNeeds() throws IOException {
    for (int i = 0; i < 100; i++) {
      store.link(new RepositoryName("library/r" + (100 + i)), LAYER);
    }
    RecordingDriver recording = new RecordingDriver(driver);

    assertThat(new ContentStore(recording).repositories("library/r150", 2))
        .extracting(RepositoryName::value)
        .containsExactly("library/r151", "library/r152");
    // The root, library, the name before the page, and the two of the page.
    assertThat(recording.calls()).hasSizeLessThanOrEqualTo(5);
  }

  @Test
  void anEmptyStoreHasNoRepositories() throws IOException {
    assertThat(store.repositories()).isEmpty();
  }

  private Path publishLayer(RepositoryName repository) throws IOException {
    Path file = Files.writeString(directory.resolve("layer"), "a layer");
    store.publishBlob(repository, LAYER, file);
    assertThat(file).doesNotExist();
    return file;
  }

  private static StoredManifest manifest(MediaType mediaType, String body) {
    return StoredManifest.of(Digest.sha256(bytes(body)), mediaType, bytes(body));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static String content(StorageDriver driver, String key) throws IOException {
    return new String(
        SmallObject.read(driver, key, 1 << 20, ContentMemory.UNBOUNDED).orElseThrow(), UTF_8);
  }

  @Test
  void aSmallPageOfTheCatalogListsOnlyWhatItNeeds() throws IOException {
    for (int i = 0; i < 500; i++) {
      store.link(new RepositoryName("app%03d/image".formatted(i)), LAYER);
    }
    driver.calls();

    assertThat(store.repositories("", 2))
        .containsExactly(new RepositoryName("app000/image"), new RepositoryName("app001/image"));
    assertThat(driver.calls()).as("the top, two directories and their repositories").hasSize(5);

    assertThat(store.repositories("app250/image", 2))
        .containsExactly(new RepositoryName("app251/image"), new RepositoryName("app252/image"));
    assertThat(driver.calls()).hasSizeLessThanOrEqualTo(7);
  }
}
