package dev.cistern.server.recording;

import dev.cistern.api.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** What the upstream of a recording has: one image, and blobs of which no manifest tells. */
public final class Practice {

  /** The image's name. */
  public static final String TAG = "latest";

  private static final String REPOSITORY = "library/practice";
  private static final int SMALL = 4 << 10;
  private static final int MIDDLE = 512 << 10;

  // More than one connection is worth its while.
  private static final int LARGE = 6 << 20;

  private static final int OTHERS = 24;

  /** One answer's body. */
  static final class Content {

    final String mediaType;
    final Digest digest;
    final byte[] bytes;

    private Content(String mediaType, byte[] bytes) {
      this.mediaType = mediaType;
      this.bytes = bytes;
      digest = Digest.sha256(bytes);
    }
  }

  private final Map<String, Content> byPath = new LinkedHashMap<>();
  private final Digest manifest;
  private final Digest small;
  private final Digest large;
  private final List<Digest> others = new ArrayList<>();

  /** Always the same bytes. */
  public Practice() {
    Random noise = new Random(1);
    small = blob(noise, SMALL);
    Digest layer = blob(noise, MIDDLE);
    large = blob(noise, LARGE);
    for (int i = 0; i < OTHERS; i++) {
      others.add(blob(noise, i % 2 == 0 ? SMALL : MIDDLE));
    }
    byte[] text =
        """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",\
        "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%d},\
        "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"%s","size":%d}]}"""
            .formatted(small, SMALL, layer, MIDDLE)
            .getBytes(StandardCharsets.UTF_8);
    Content content = new Content("application/vnd.oci.image.manifest.v1+json", text);
    manifest = content.digest;
    byPath.put(manifestPath(manifest.toString()), content);
    byPath.put(manifestPath(TAG), content);
  }

  private Digest blob(Random noise, int size) {
    byte[] bytes = new byte[size];
    noise.nextBytes(bytes);
    Content content = new Content("application/octet-stream", bytes);
    byPath.put(blobPath(content.digest), content);
    return content.digest;
  }

  Optional<Content> at(String path) {
    return Optional.ofNullable(byPath.get(path));
  }

  /** Of the manifest, by digest. */
  public String manifest() {
    return manifestPath(manifest.toString());
  }

  /** Of the manifest, by tag. */
  public String tag() {
    return manifestPath(TAG);
  }

  /** Of a blob that is small enough to be kept in memory. */
  public String small() {
    return blobPath(small);
  }

  /** Of a blob that is not. */
  public String large() {
    return blobPath(large);
  }

  /** Of the other blobs. */
  public List<String> others() {
    return others.stream().map(Practice::blobPath).toList();
  }

  /** Of a tag that does not exist. */
  public String absent() {
    return manifestPath("absent");
  }

  private static String manifestPath(String reference) {
    return "/v2/" + REPOSITORY + "/manifests/" + reference;
  }

  private static String blobPath(Digest digest) {
    return "/v2/" + REPOSITORY + "/blobs/" + digest;
  }
}
