package dev.cistern.proxy.internal.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.storage.content.StoredManifest;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DeclaredSizesTest {

  private static final Digest BLOB = Digest.sha256(new byte[] {1});

  private final DeclaredSizes sizes = new DeclaredSizes();

  private static StoredManifest manifest(Digest blob, long size) {
    byte[] body =
        """
        {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
         "config": {"mediaType": "application/x", "size": %d, "digest": "%s"}, "layers": []}
        """
            .formatted(size, blob)
            .getBytes(StandardCharsets.UTF_8);
    return StoredManifest.of(Digest.sha256(body), MediaType.OCI_MANIFEST, body);
  }

  @Test
  void withoutAManifestTheSizeIsUnknown() {
    assertThat(sizes.contradicts(BLOB, 1)).isFalse();
    assertThat(sizes.contradicts(BLOB, 0)).isFalse();
  }

  @Test
  void aManifestDeclaresTheSizesOfItsBlobs() {
    sizes.learn(manifest(BLOB, 100));

    assertThat(sizes.contradicts(BLOB, 100)).isFalse();
    assertThat(sizes.contradicts(BLOB, 99)).isTrue();
    assertThat(sizes.contradicts(BLOB, 0)).isTrue();
  }

  @Test
  void theLastDeclaredSizeCountsUntilOneIsMeasured() {
    sizes.learn(manifest(BLOB, 100));
    sizes.learn(manifest(BLOB, 200));
    assertThat(sizes.contradicts(BLOB, 200)).isFalse();

    sizes.proven(BLOB, 300);
    sizes.learn(manifest(BLOB, 400));
    assertThat(sizes.contradicts(BLOB, 300)).isFalse();
    assertThat(sizes.contradicts(BLOB, 400)).isTrue();
  }

  @Test
  void aKnownManifestIsNotParsedAgain() {
    StoredManifest lies = manifest(BLOB, 100);
    sizes.learn(lies);
    sizes.learn(manifest(BLOB, 200));

    sizes.learn(lies);

    assertThat(sizes.contradicts(BLOB, 200)).isFalse();
  }

  @Test
  void bytesThatAreNoManifestDeclareNothing() {
    byte[] body = "none".getBytes(StandardCharsets.UTF_8);
    sizes.learn(StoredManifest.of(Digest.sha256(body), MediaType.OCTET_STREAM, body));

    assertThat(sizes.contradicts(BLOB, 4)).isFalse();
  }

  @Test
  void hugeDeclaredSizesAreKept() {
    sizes.learn(manifest(BLOB, Long.MAX_VALUE));

    assertThat(sizes.contradicts(BLOB, 1)).isTrue();
  }

  @Test
  void sizesAreKeptWhenTheTableGrows() {
    Random random = new Random(5);
    byte[] bytes = new byte[32];
    for (int i = 0; i < 10_000; i++) {
      random.nextBytes(bytes);
      sizes.proven(digest(bytes), i);
    }

    random.setSeed(5);
    int kept = 0;
    for (int i = 0; i < 10_000; i++) {
      random.nextBytes(bytes);
      OptionalLong size = sizes.size(digest(bytes));
      kept += size.isPresent() ? 1 : 0;
      assertThat(size.orElse(i)).isEqualTo(i);
    }
    // Also of the largest table, some may have the same four slots.
    assertThat(kept).isGreaterThan(9_950);
  }

  @Test
  void theNumberOfSizesIsLimited() {
    Random random = new Random(4);
    byte[] bytes = new byte[32];
    for (int i = 0; i < 200_000; i++) {
      random.nextBytes(bytes);
      sizes.proven(digest(bytes), i);
    }

    int known = 0;
    random.setSeed(4);
    for (int i = 0; i < 200_000; i++) {
      random.nextBytes(bytes);
      known += sizes.contradicts(digest(bytes), -1) ? 1 : 0;
    }
    assertThat(known).isBetween(100_000, 131_072);
  }

  private static Digest digest(byte[] hash) {
    return new Digest(BLOB.algorithm(), HexFormat.of().formatHex(hash));
  }
}
