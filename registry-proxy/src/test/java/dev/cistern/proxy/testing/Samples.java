package dev.cistern.proxy.testing;

import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Content for tests. */
public final class Samples {

  public static final RepositoryName ALPINE = new RepositoryName("library/alpine");
  public static final RepositoryName DEBIAN = new RepositoryName("library/debian");
  public static final Tag LATEST = new Tag("latest");

  private Samples() {}

  /** The same bytes for the same size. */
  public static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  /** An OCI image manifest, unlike those with another note. */
  public static byte[] manifest(String note) {
    return """
        {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
         "config": {"mediaType": "application/vnd.oci.empty.v1+json", "size": 2,
           "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},
         "layers": [], "annotations": {"note": "%s"}}
        """
        .formatted(note)
        .getBytes(StandardCharsets.UTF_8);
  }
}
