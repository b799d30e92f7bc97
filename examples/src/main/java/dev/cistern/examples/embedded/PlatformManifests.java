package dev.cistern.examples.embedded;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Finds the manifest of a platform in an index. A cache serves every platform and never chooses, so
 * {@code dev.cistern.api.Manifest} does not read this.
 */
final class PlatformManifests {

  private static final JsonMapper JSON = JsonMapper.shared();

  private PlatformManifests() {}

  /**
   * The first manifest for the platform.
   *
   * @param index the bytes of an OCI index or a Docker manifest list
   * @throws RegistryException when there is none; the message lists the platforms that there are
   */
  static Digest choose(byte[] index, Platform wanted) throws RegistryException {
    List<String> others = new ArrayList<>();
    try {
      for (JsonNode manifest : JSON.readTree(index).path("manifests")) {
        JsonNode platform = manifest.path("platform");
        Platform offered =
            new Platform(
                platform.path("os").asString(""), platform.path("architecture").asString(""));
        if (offered.equals(wanted)) {
          return Digest.parse(manifest.path("digest").asString(""));
        }
        others.add(offered.toString());
      }
    } catch (JacksonException e) {
      throw new RegistryException(ErrorCode.MANIFEST_INVALID, "The index is not JSON", e);
    }
    throw new RegistryException(
        ErrorCode.MANIFEST_UNKNOWN,
        "The index has nothing for " + wanted + ", only for " + String.join(", ", others));
  }
}
