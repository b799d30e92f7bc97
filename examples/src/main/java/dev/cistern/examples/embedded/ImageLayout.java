package dev.cistern.examples.embedded;

import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import dev.cistern.proxy.content.ManifestInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A directory that holds an image as files (OCI image specification, image-layout.md):
 *
 * <pre>
 * oci-layout              {"imageLayoutVersion":"1.0.0"}
 * index.json              {"schemaVersion":2,"manifests":[{..., "digest":"sha256:0a4e...", ...}]}
 * blobs/sha256/0a4e...    the manifest, the configuration, each layer
 * </pre>
 */
final class ImageLayout {

  private final Path directory;

  private ImageLayout(Path directory) {
    this.directory = directory;
  }

  static ImageLayout in(Path directory) throws IOException {
    for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
      Files.createDirectories(directory.resolve("blobs").resolve(algorithm.wireName()));
    }
    return new ImageLayout(directory);
  }

  /** The file for a blob. */
  Path blob(Digest digest) {
    return directory.resolve("blobs").resolve(digest.algorithm().wireName()).resolve(digest.hex());
  }

  /** Writes the manifest and then the index, which makes the directory an image. */
  void write(ManifestInfo manifest, byte[] body, String name) throws IOException {
    Files.write(blob(manifest.digest()), body);
    // Media types, digests and tags have no characters that JSON must escape.
    Files.writeString(
        directory.resolve("index.json"),
        """
        {"schemaVersion":2,"manifests":[{"mediaType":"%s","digest":"%s","size":%d,\
        "annotations":{"org.opencontainers.image.ref.name":"%s"}}]}
        """
            .formatted(manifest.mediaType(), manifest.digest(), manifest.size(), name));
    Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}\n");
  }

  @Override
  public String toString() {
    return directory.toString();
  }
}
