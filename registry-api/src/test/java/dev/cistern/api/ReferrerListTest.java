package dev.cistern.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Distribution specification 1.1, "Listing Referrers". */
class ReferrerListTest {

  private static final int ANY_SIZE = ReferrerList.LARGEST_PAGE;
  private static final String EMPTY =
      "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}";

  private static String descriptor(int number, String type) {
    return "{\"mediaType\": \"application/vnd.oci.image.manifest.v1+json\", \"size\": %d,"
            .formatted(number)
        + " \"digest\": \"sha256:%064d\", \"artifactType\": \"%s\",".formatted(number, type)
        + " \"annotations\": {\"a\": \"\\u00e9 ü ] } \"}, \"x\": [{}, 1.0]}";
  }

  private static byte[] index(String... descriptors) {
    return ("{\"schemaVersion\": 2, \"annotations\": {\"digest\": \"no\"}, \"manifests\": [ "
            + String.join(" ,\n ", descriptors)
            + " ] }\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String expected(String... descriptors) {
    return EMPTY.replace("[]", "[" + String.join(",", descriptors) + "]");
  }

  private static String text(ByteBuffer body) {
    return StandardCharsets.UTF_8.decode(body).toString();
  }

  private static Page first(int count) {
    return new Page(OptionalInt.of(count), Optional.empty(), "token=x");
  }

  @Test
  void descriptorsAreKeptByteForByte() throws Exception {
    String one = descriptor(1, "a/b");
    String two = descriptor(2, "c/d");

    ReferrerList list = ReferrerList.parse(index(one, two));

    assertThat(list.count()).isEqualTo(2);
    assertThat(text(list.body())).isEqualTo(expected(one, two));
    assertThat(list.digest())
        .isEqualTo(Digest.sha256(expected(one, two).getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void itsDigestsAreTold() throws Exception {
    List<Digest> told = new ArrayList<>();
    ReferrerList.parse(index(descriptor(1, "a/b"), descriptor(2, "c/d"))).forEachDigest(told::add);

    assertThat(told)
        .extracting(Digest::toString)
        .containsExactly("sha256:%064d".formatted(1), "sha256:%064d".formatted(2));
  }

  @Test
  void withADigestOfAnUnknownAlgorithmNoneIsTold() throws Exception {
    List<Digest> told = new ArrayList<>();
    ReferrerList.parse(
            index(descriptor(1, "a/b"), descriptor(2, "a/b").replace("sha256:", "other:")))
        .forEachDigest(told::add);

    assertThat(told).isEmpty();
  }

  @Test
  void rule11APartIsMadeInTheMemoryThatIsGivenForIt() throws Exception {
    ReferrerList list = ReferrerList.parse(index(descriptor(1, "a/b"), descriptor(2, "c/d")));
    List<byte[]> given = new ArrayList<>();
    IntFunction<byte[]> memory =
        length -> {
          given.add(new byte[length]);
          return given.get(0);
        };

    assertThat(list.page(Optional.empty(), Page.FIRST, ANY_SIZE, memory).body())
        .isEqualTo(list.body());
    assertThat(given).isEmpty();
    ReferrerPage part = list.page(Optional.of("a/b"), Page.FIRST, ANY_SIZE, memory);
    assertThat(text(part.body())).isEqualTo(expected(descriptor(1, "a/b")));
    assertThat(given).singleElement().isEqualTo(bytes(part.body()));
  }

  private static byte[] bytes(ByteBuffer body) {
    byte[] bytes = new byte[body.remaining()];
    body.get(bytes);
    return bytes;
  }

  @Test
  void rule11TooManyDifferentNamesAreInvalid() {
    String names =
        IntStream.range(0, 10_001)
            .mapToObj(i -> "\"n" + i + "\":0")
            .collect(Collectors.joining(","));

    assertThat(codeOf(("{\"manifests\":[]," + names + "}").getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(ErrorCode.MANIFEST_INVALID);
    assertThat(codeOf(index(descriptor(1, "a/b").replace("\"x\":", names + ",\"x\":"))))
        .isEqualTo(ErrorCode.MANIFEST_INVALID);
  }

  @Test
  void itsOwnBytesAreTheSameListAgain() throws Exception {
    ReferrerList list = ReferrerList.parse(index(descriptor(1, "a/b"), descriptor(2, "a/b")));

    ReferrerList again = ReferrerList.parse(text(list.body()).getBytes(StandardCharsets.UTF_8));

    assertThat(again.digest()).isEqualTo(list.digest());
  }

  @Test
  void pagesAreJoined() throws Exception {
    ReferrerList list =
        new ReferrerList.Builder()
            .add(index(descriptor(1, "a/b")))
            .add(index())
            .add(index(descriptor(2, "c/d"), descriptor(3, "a/b")))
            .build();

    assertThat(text(list.body()))
        .isEqualTo(expected(descriptor(1, "a/b"), descriptor(2, "c/d"), descriptor(3, "a/b")));
  }

  @Test
  void anEmptyListIsAnIndexToo() throws Exception {
    assertThat(text(ReferrerList.EMPTY.body())).isEqualTo(EMPTY);
    assertThat(
            text(
                ReferrerList.parse("{\"manifests\":null}".getBytes(StandardCharsets.UTF_8)).body()))
        .isEqualTo(EMPTY);
    ReferrerPage page = ReferrerList.EMPTY.page(Optional.of("a/b"), first(1), ANY_SIZE);
    assertThat(text(page.body())).isEqualTo(EMPTY);
    assertThat(page.next()).isEmpty();
  }

  @Test
  void aFilterSelectsOneType() throws Exception {
    ReferrerList list =
        ReferrerList.parse(index(descriptor(1, "a/b"), descriptor(2, "c/d"), descriptor(3, "a/b")));

    assertThat(text(list.page(Optional.of("a/b"), Page.FIRST, ANY_SIZE).body()))
        .isEqualTo(expected(descriptor(1, "a/b"), descriptor(3, "a/b")));
    assertThat(text(list.page(Optional.of("a"), Page.FIRST, ANY_SIZE).body())).isEqualTo(EMPTY);
  }

  @Test
  void pagesTogetherAreTheList() throws Exception {
    String[] all =
        IntStream.range(0, 10)
            .mapToObj(i -> descriptor(i, i % 3 == 0 ? "no" : "a/b"))
            .toArray(String[]::new);
    ReferrerList list = ReferrerList.parse(index(all));
    ReferrerList.Builder joined = new ReferrerList.Builder();
    Optional<Page> next = Optional.of(first(2));
    int pages = 0;
    while (next.isPresent()) {
      ReferrerPage page = list.page(Optional.of("a/b"), next.get(), ANY_SIZE);
      joined.add(text(page.body()).getBytes(StandardCharsets.UTF_8));
      next = page.next();
      pages++;
    }

    assertThat(pages).isEqualTo(3);
    assertThat(text(joined.build().body()))
        .isEqualTo(text(list.page(Optional.of("a/b"), Page.FIRST, ANY_SIZE).body()));
  }

  @Test
  void aPageIsNotLargerThanClientsAccept() throws Exception {
    ReferrerList list = ReferrerList.parse(index(descriptor(1, "a/b"), descriptor(2, "a/b")));
    int limit = list.body().remaining();

    ReferrerPage whole = list.page(Optional.empty(), Page.FIRST, limit);
    ReferrerPage part = list.page(Optional.empty(), Page.FIRST, limit - 1);

    assertThat(whole.next()).isEmpty();
    assertThat(text(part.body())).isEqualTo(expected(descriptor(1, "a/b")));
    assertThat(text(list.page(Optional.empty(), part.next().get(), limit - 1).body()))
        .isEqualTo(expected(descriptor(2, "a/b")));
    // A descriptor that is too large alone is sent all the same.
    assertThat(text(list.page(Optional.empty(), Page.FIRST, 1).body()))
        .isEqualTo(expected(descriptor(1, "a/b")));
  }

  @Test
  void theNextPageKeepsTheOtherParameters() throws Exception {
    ReferrerList list = ReferrerList.parse(index(descriptor(1, "a/b"), descriptor(2, "a/b")));

    Page next = list.page(Optional.empty(), first(1), ANY_SIZE).next().get();

    assertThat(next.count()).hasValue(1);
    assertThat(next.query()).endsWith("&token=x");
  }

  @Test
  void aCountOfZeroDoesNotHideReferrers() throws Exception {
    ReferrerList list = ReferrerList.parse(index(descriptor(1, "a/b")));

    assertThat(text(list.page(Optional.empty(), first(0), ANY_SIZE).body()))
        .isEqualTo(text(list.body()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        "1",
        "-1",
        "1-0000000000000000",
        "99999999999-",
        "9999999999999999-x",
        "sha256:ab"
      })
  void aPositionInAnotherListBeginsAtTheFirst(String last) throws Exception {
    ReferrerList list = ReferrerList.parse(index(descriptor(1, "a/b"), descriptor(2, "a/b")));
    Page page = new Page(OptionalInt.empty(), Optional.of(last));

    assertThat(text(list.page(Optional.empty(), page, ANY_SIZE).body()))
        .isEqualTo(text(list.body()));
  }

  @Test
  void aPositionAfterTheEndIsAnEmptyPage() throws Exception {
    ReferrerList list = ReferrerList.parse(index(descriptor(1, "a/b")));
    Page page =
        new Page(
            OptionalInt.empty(), Optional.of("999999999-" + list.digest().hex().substring(0, 16)));

    assertThat(text(list.page(Optional.empty(), page, ANY_SIZE).body())).isEqualTo(EMPTY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "null",
        "<html>",
        "{",
        "{}",
        "{\"manifests\":{}}",
        "{\"manifests\":[1]}",
        "{\"manifests\":[{}]}",
        "{\"manifests\":[null]}",
        "{\"manifests\":[]} {}",
        "{\"manifests\":[],\"manifests\":[]}",
        "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"manifests\":[]}",
        "{\"mediaType\":7,\"manifests\":[]}",
        "{\"schemaVersion\":2,\"config\":{},\"layers\":[]}",
        "{\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"sha256:0\",\"size\":-1}]}",
        "{\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"sha256:0\",\"size\":\"1\"}]}",
        "{\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":7,\"size\":1}]}",
        "{\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"none\",\"size\":1}]}",
        "{\"manifests\":[{\"digest\":\"sha256:0\",\"size\":1}]}",
        "{\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"sha256:0\",\"size\":1,\"size\":2}]}"
      })
  void whatIsNoIndexIsRejected(String text) {
    assertThat(codeOf(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(ErrorCode.MANIFEST_INVALID);
    assertThat(codeOf(text.getBytes(StandardCharsets.UTF_16)))
        .isEqualTo(ErrorCode.MANIFEST_INVALID);
  }

  @Test
  void deepAndHugeDocumentsAreRejectedOrRead() throws Exception {
    String deep = "{\"manifests\":[],\"x\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";
    assertThat(codeOf(deep.getBytes(StandardCharsets.UTF_8))).isEqualTo(ErrorCode.MANIFEST_INVALID);
    String huge =
        "{\"manifests\":[{\"mediaType\":\"a/b\",\"digest\":\"sha256:0\",\"size\":99999999999999999999}]}";
    assertThat(codeOf(huge.getBytes(StandardCharsets.UTF_8))).isEqualTo(ErrorCode.MANIFEST_INVALID);
    String many =
        IntStream.range(0, 20_000)
            .mapToObj(i -> descriptor(i, "a/b"))
            .collect(Collectors.joining(","));
    assertThat(ReferrerList.parse(index(many)).count()).isEqualTo(20_000);
  }

  private static ErrorCode codeOf(byte[] index) {
    return catchThrowableOfType(RegistryException.class, () -> ReferrerList.parse(index)).code();
  }

  @Test
  void theTagThatStandsInIsCutAsTheSpecificationSays() {
    Digest sha256 = Digest.sha256(new byte[0]);
    Digest sha512 = Digest.of(DigestAlgorithm.SHA512, new byte[0]);

    assertThat(Tag.ofReferrers(sha256)).hasToString("sha256-" + sha256.hex());
    assertThat(Tag.ofReferrers(sha512)).hasToString("sha512-" + sha512.hex().substring(0, 64));
  }
}
