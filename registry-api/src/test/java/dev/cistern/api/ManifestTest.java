package dev.cistern.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** OCI image specification 1.1, manifest.md and image-index.md; Docker's manifest schemas. */
class ManifestTest {

  private static final Digest A = Digest.sha256(new byte[] {'a'});
  private static final Digest B = Digest.sha256(new byte[] {'b'});
  private static final Digest C = Digest.of(DigestAlgorithm.SHA512, new byte[] {'c'});

  private static Manifest read(String json) throws RegistryException {
    return Manifest.read(json.getBytes(UTF_8));
  }

  private static String descriptor(String mediaType, Digest digest, long size) {
    return """
        {"mediaType": "%s", "size": %d, "digest": "%s", "annotations": {"size": "x", "digest": "y"}}"""
        .formatted(mediaType, size, digest);
  }

  @Nested
  class AnImageManifest {

    @Test
    void refersToItsConfigurationAndThenItsLayersWhateverTheirOrder() throws Exception {
      Manifest manifest =
          read(
              """
              {"layers": [%s, %s],
               "annotations": {"a": "b"},
               "config": %s,
               "subject": %s,
               "mediaType": "application/vnd.oci.image.manifest.v1+json",
               "schemaVersion": 2}
              """
                  .formatted(
                      descriptor("application/vnd.oci.image.layer.v1.tar+gzip", B, 20),
                      descriptor("application/vnd.oci.image.layer.v1.tar+zstd", C, 5_000_000_000L),
                      descriptor("application/vnd.oci.image.config.v1+json", A, 0),
                      descriptor("application/vnd.oci.image.manifest.v1+json", A, 1)));
      assertThat(manifest.mediaType()).isEqualTo(MediaType.OCI_MANIFEST);
      assertThat(manifest.manifests()).isEmpty();
      assertThat(manifest.blobs())
          .containsExactly(
              new Descriptor(new MediaType("application/vnd.oci.image.config.v1+json"), A, 0),
              new Descriptor(new MediaType("application/vnd.oci.image.layer.v1.tar+gzip"), B, 20),
              new Descriptor(
                  new MediaType("application/vnd.oci.image.layer.v1.tar+zstd"), C, 5_000_000_000L));
    }

    @Test
    void ofDockerIsWhatItDeclares() throws Exception {
      Manifest manifest =
          read(
              """
              {"schemaVersion": 2, "mediaType": "%s", "config": %s, "layers": []}"""
                  .formatted(
                      MediaType.DOCKER_MANIFEST,
                      descriptor("application/vnd.docker.container.image.v1+json", A, 7)));
      assertThat(manifest.mediaType()).isEqualTo(MediaType.DOCKER_MANIFEST);
      assertThat(manifest.blobs()).hasSize(1);
    }

    @Test
    void of4MiBAndMoreIsRead() throws Exception {
      String json =
          "{\"layers\":[%s],\"annotations\":{\"big\":\"%s\"}}"
              .formatted(descriptor("a/b", A, 1), "x".repeat(8 << 20));
      assertThat(read(json).blobs()).hasSize(1);
    }

    @Test
    void ofTenThousandLayersIsRead() throws Exception {
      String layers = String.join(",", Collections.nCopies(10_000, descriptor("a/b", A, 1)));
      assertThat(read("{\"layers\":[" + layers + "]}").blobs()).hasSize(10_000);
    }
  }

  @Nested
  class AnIndex {

    @Test
    void listsManifests() throws Exception {
      Manifest manifest =
          read(
              """
              {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
               "manifests": [%s, %s]}
              """
                  .formatted(
                      descriptor(MediaType.OCI_MANIFEST.value(), A, 1),
                      descriptor(MediaType.DOCKER_MANIFEST.value(), B, 2)));
      assertThat(manifest.mediaType()).isEqualTo(MediaType.OCI_INDEX);
      assertThat(manifest.blobs()).isEmpty();
      assertThat(manifest.manifests())
          .containsExactly(
              new Descriptor(MediaType.OCI_MANIFEST, A, 1),
              new Descriptor(MediaType.DOCKER_MANIFEST, B, 2));
    }
  }

  @Nested
  class AnArtifact {

    @Test
    void refersToItsBlobs() throws Exception {
      Manifest manifest =
          read(
              "{\"mediaType\":\"%s\",\"artifactType\":\"a/b\",\"blobs\":[%s]}"
                  .formatted(MediaType.OCI_ARTIFACT_MANIFEST, descriptor("a/b", B, 3)));
      assertThat(manifest.mediaType()).isEqualTo(MediaType.OCI_ARTIFACT_MANIFEST);
      assertThat(manifest.blobs()).extracting(Descriptor::digest).containsExactly(B);
    }

    @Test
    void ofATypeNobodyKnowsIsWhatItDeclares() throws Exception {
      assertThat(read("{\"mediaType\":\"application/vnd.Example.x+json\",\"x\":[1,{\"y\":2}]}"))
          .isEqualTo(
              new Manifest(new MediaType("application/vnd.example.x+json"), List.of(), List.of()));
    }
  }

  @Nested
  class ATypeThatIsNotDeclared {

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "{'schemaVersion':2,'manifests':[]} | application/vnd.oci.image.index.v1+json",
          "{'schemaVersion':2,'layers':[]} | application/vnd.oci.image.manifest.v1+json",
          "{'config':null} | application/vnd.oci.image.manifest.v1+json",
          "{'layers':null} | application/vnd.oci.image.manifest.v1+json",
          "{'manifests':null} | application/vnd.oci.image.index.v1+json",
          "{'mediaType':'','manifests':[]} | application/vnd.oci.image.index.v1+json",
          "{'mediaType':null,'manifests':[]} | application/vnd.oci.image.index.v1+json",
          "{'blobs':[]} | application/vnd.oci.artifact.manifest.v1+json",
          "{'schemaVersion':1,'fsLayers':[{'blobSum':'x'}]} | application/vnd.docker.distribution.manifest.v1+json",
          "{'schemaVersion':1,'signatures':[{}]} | application/vnd.docker.distribution.manifest.v1+prettyjws",
          "{} | application/octet-stream",
          "{'schemaVersion':2} | application/octet-stream"
        })
    void isInferredFromTheProperties(String json, String mediaType) throws Exception {
      assertThat(read(json.replace('\'', '"')).mediaType()).hasToString(mediaType);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"%s", " \t\r\n%s\n"})
  void blanksAroundTheDocumentAreFine(String format) throws Exception {
    assertThat(read(format.formatted("{\"manifests\":[]}")).mediaType())
        .isEqualTo(MediaType.OCI_INDEX);
  }

  @Test
  void descriptorsHaveNoNegativeSize() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Descriptor(MediaType.OCTET_STREAM, A, -1));
  }

  @Test
  void listsCannotBeChanged() throws Exception {
    Manifest manifest = read("{\"layers\":[%s]}".formatted(descriptor("a/b", A, 1)));
    assertThat(manifest.blobs()).isUnmodifiable();
    assertThat(manifest.manifests()).isUnmodifiable();
  }

  @Nested
  class ABuffer {

    private final byte[] index = "{\"manifests\": []}".getBytes(UTF_8);

    @Test
    void isReadFromItsPositionToItsLimit() throws Exception {
      ByteBuffer within = ByteBuffer.allocate(100).position(10).put(index).flip().position(10);

      assertThat(Manifest.read(within)).isEqualTo(Manifest.read(index));
      assertThat(within.position()).isEqualTo(10);
    }

    @Test
    void mayBeReadOnlyOrDirect() throws Exception {
      ByteBuffer direct = ByteBuffer.allocateDirect(index.length).put(index).flip();

      assertThat(Manifest.read(ByteBuffer.wrap(index).asReadOnlyBuffer()))
          .isEqualTo(Manifest.read(index));
      assertThat(Manifest.read(direct)).isEqualTo(Manifest.read(index));
    }

    @Test
    void isScannedForItsBlobsInTheirOrder() throws Exception {
      List<Descriptor> blobs = new ArrayList<>();
      String layers = "[%s, %s]".formatted(descriptor("a/b", A, 1), descriptor("a/b", B, 2));
      String config = descriptor("c/d", C, 3);

      MediaType type =
          Manifest.scan(
              ByteBuffer.wrap(
                      "{\"layers\": %s, \"config\": %s}".formatted(layers, config).getBytes(UTF_8))
                  .asReadOnlyBuffer(),
              blobs::add);

      assertThat(type).isEqualTo(MediaType.OCI_MANIFEST);
      assertThat(blobs).extracting(Descriptor::digest).containsExactly(A, B, C);
      assertThat(blobs)
          .extracting(Descriptor::mediaType)
          .containsExactly(new MediaType("a/b"), new MediaType("a/b"), new MediaType("c/d"));
      assertThat(Manifest.scan(ByteBuffer.wrap(index), blobs::add)).isEqualTo(MediaType.OCI_INDEX);
      assertThat(blobs).hasSize(3);
    }

    @Test
    void withAMistakeAtItsEndIsRefusedByAScan() {
      ByteBuffer cut =
          ByteBuffer.wrap(("{\"layers\": [" + descriptor("a/b", A, 1)).getBytes(UTF_8));

      assertThatExceptionOfType(RegistryException.class)
          .isThrownBy(() -> Manifest.scan(cut, blob -> {}));
    }

    @Test
    void withoutAManifestIsRefused() {
      assertThatExceptionOfType(RegistryException.class)
          .isThrownBy(() -> Manifest.read(ByteBuffer.allocate(0)))
          .withMessage("Invalid manifest: it must begin with a JSON object");
    }
  }
}
