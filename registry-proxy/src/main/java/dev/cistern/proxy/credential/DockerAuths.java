package dev.cistern.proxy.credential;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The entries of Docker's {@code config.json} for one registry.
 *
 * @param helper the suffix of the credential helper to run; empty for none
 * @param credentials the credentials in the file itself; not used when there is a helper
 */
record DockerAuths(Optional<String> helper, Optional<Credentials> credentials) {

  private static final JsonMapper JSON = JsonMapper.shared();

  /**
   * Parses a file.
   *
   * @throws IOException when it is not such a file, or its entry for this registry is invalid; the
   *     message contains nothing of the file
   */
  static DockerAuths read(byte[] content, RegistryKeys keys) throws IOException {
    JsonNode file = parse(content);
    Map<String, JsonNode> helpers = entries(file.path("credHelpers"));
    Optional<String> helper =
        keys.find(helpers)
            .or(() -> Optional.of(file.path("credsStore")))
            .map(node -> node.asString(""))
            .filter(name -> !name.isEmpty());
    if (helper.isPresent() && !helper.get().matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new IOException("has a credential helper whose name is not valid for a program");
    }
    Optional<JsonNode> entry = keys.find(entries(file.path("auths")));
    return new DockerAuths(helper, entry.isPresent() ? credentials(entry.get()) : Optional.empty());
  }

  private static JsonNode parse(byte[] content) throws IOException {
    try {
      JsonNode file = JSON.readTree(content);
      if (file.isObject()) {
        return file;
      }
    } catch (JacksonException e) {
      // Without the cause, whose message may contain secrets of the file.
    }
    throw new IOException("is not a config.json of Docker: it does not contain a JSON object");
  }

  private static Map<String, JsonNode> entries(JsonNode section) {
    Map<String, JsonNode> entries = new LinkedHashMap<>();
    section.properties().forEach(entry -> entries.put(entry.getKey(), entry.getValue()));
    return entries;
  }

  private static Optional<Credentials> credentials(JsonNode entry) throws IOException {
    String identityToken = entry.path("identitytoken").asString("");
    String username = entry.path("username").asString("");
    String password = entry.path("password").asString("");
    String auth = entry.path("auth").asString("");
    try {
      if (!identityToken.isEmpty()) {
        return Optional.of(Credentials.identityToken(identityToken));
      }
      if (!auth.isEmpty()) {
        String pair = new String(Base64.getDecoder().decode(auth), StandardCharsets.UTF_8);
        int colon = pair.indexOf(':');
        if (colon < 1) {
          throw new IOException("has an auth entry that is not a user name and password");
        }
        username = pair.substring(0, colon);
        // Old versions of Docker padded passwords.
        password = pair.substring(colon + 1).replaceFirst("\0+$", "");
      }
      return username.isEmpty()
          ? Optional.empty()
          : Optional.of(new Credentials(username, password));
    } catch (IllegalArgumentException e) {
      throw new IOException("has an auth entry that cannot be read");
    }
  }
}
