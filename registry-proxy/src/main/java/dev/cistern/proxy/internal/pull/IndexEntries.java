package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.Platform;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Finds the manifests of a platform in an index. */
public final class IndexEntries {

  private static final JsonMapper JSON = JsonMapper.shared();

  private IndexEntries() {}

  /**
   * The manifests for a platform: usually one, or several variants.
   *
   * @param index the bytes of an OCI index or a Docker manifest list
   * @throws RegistryException if there is none; the message lists the available platforms
   */
  public static List<Digest> of(ByteBuffer index, Platform wanted) throws RegistryException {
    byte[] bytes = new byte[index.remaining()];
    index.duplicate().get(bytes);
    List<Digest> found = new ArrayList<>();
    Set<String> others = new TreeSet<>();
    try {
      for (JsonNode manifest : JSON.readTree(bytes).path("manifests")) {
        JsonNode platform = manifest.path("platform");
        String os = platform.path("os").asString("");
        String architecture = platform.path("architecture").asString("");
        if (wanted.matches(os, architecture, platform.path("variant").asString(""))) {
          found.add(Digest.parse(manifest.path("digest").asString("")));
        } else {
          others.add(os + "/" + architecture);
        }
      }
    } catch (JacksonException e) {
      throw new RegistryException(ErrorCode.MANIFEST_INVALID, "Invalid index: it is not JSON", e);
    }
    if (found.isEmpty()) {
      throw new RegistryException(
          ErrorCode.MANIFEST_UNKNOWN,
          "The image does not support "
              + wanted
              + "; available platforms: "
              + String.join(", ", others));
    }
    return found;
  }
}
