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
 * Finds the manifest of a platform in an index. {@code dev.cistern.api.Manifest} has no platforms,
 * because a cache serves all of them.
 */
final class PlatformManifests {

  private static final JsonMapper JSON = JsonMapper.shared();

  private PlatformManifests() {}

  /**
   * The first manifest for the platform.
   *
   * @param index the bytes of an OCI index or a Docker manifest list
   * @throws RegistryException if there is none; the message lists the available platforms
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
      throw new RegistryException(ErrorCode.MANIFEST_INVALID, "Invalid index: it is not JSON", e);
    }
    throw new RegistryException(
        ErrorCode.MANIFEST_UNKNOWN,
        "The image does not support "
            + wanted
            + "; available platforms: "
            + String.join(", ", others));
  }
}
