package dev.cistern.examples.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A multi-platform image. */
public final class SampleImage {

  private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";

  private final byte[] index;
  private final byte[] manifest;
  private final List<byte[]> blobs;

  private SampleImage(byte[] index, byte[] manifest, List<byte[]> blobs) {
    this.index = index;
    this.manifest = manifest;
    this.blobs = List.copyOf(blobs);
  }

  /** Makes an image with layers of these sizes. The same sizes give the same bytes. */
  public static SampleImage ofLayers(int... sizes) {
    List<byte[]> blobs = new ArrayList<>();
    blobs.add("{\"os\":\"linux\",\"architecture\":\"amd64\"}".getBytes(UTF_8));
    IntStream.range(0, sizes.length).mapToObj(i -> random(i, sizes[i])).forEach(blobs::add);
    byte[] manifest = manifest(blobs);
    byte[] index =
        """
        {"schemaVersion":2,"mediaType":"%s","manifests":[%s,%s]}"""
            .formatted(
                MediaType.OCI_INDEX,
                forPlatform(manifest("another".getBytes(UTF_8)), "arm64"),
                forPlatform(manifest, "amd64"))
            .getBytes(UTF_8);
    return new SampleImage(index, manifest, blobs);
  }

  /** The index, with linux/amd64 and linux/arm64. */
  public byte[] index() {
    return index.clone();
  }

  /** The manifest of linux/amd64. */
  public byte[] manifest() {
    return manifest.clone();
  }

  /** The configuration and the layers of linux/amd64. */
  public List<byte[]> blobs() {
    return blobs;
  }

  private static byte[] manifest(byte[]... blobs) {
    return manifest(List.of(blobs));
  }

  private static byte[] manifest(List<byte[]> blobs) {
    String layers =
        blobs.stream()
            .skip(1)
            .map(blob -> descriptor(LAYER, blob, ""))
            .collect(Collectors.joining(","));
    return """
    {"schemaVersion":2,"mediaType":"%s","config":%s,"layers":[%s]}"""
        .formatted(
            MediaType.OCI_MANIFEST,
            descriptor("application/vnd.oci.image.config.v1+json", blobs.get(0), ""),
            layers)
        .getBytes(UTF_8);
  }

  private static String forPlatform(byte[] manifest, String architecture) {
    return descriptor(
        MediaType.OCI_MANIFEST.value(),
        manifest,
        ",\"platform\":{\"os\":\"linux\",\"architecture\":\"" + architecture + "\"}");
  }

  private static String descriptor(String type, byte[] content, String more) {
    return "{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d%s}"
        .formatted(type, Digest.sha256(content), content.length, more);
  }

  private static byte[] random(int seed, int size) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
