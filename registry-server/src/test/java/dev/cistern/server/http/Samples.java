package dev.cistern.server.http;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Content to serve. */
final class Samples {

  static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

  private Samples() {}

  /** Bytes that look like nothing else; a different seed gives different ones. */
  static byte[] bytes(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** An image manifest with spaces that no serialiser would write. */
  static byte[] manifest() {
    String json =
        """
        {  "schemaVersion": 2,
            "mediaType": "%s",
          "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
             "digest":"sha256:%s","size":2},
          "layers": []   }
        """
            .formatted(OCI_MANIFEST, "ab".repeat(32));
    return json.getBytes(StandardCharsets.UTF_8);
  }
}
