package dev.cistern.proxy.credential;

import java.io.IOException;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Parses the answer of a credential helper, {@code {"ServerURL", "Username", "Secret"}}. */
final class HelperAnswer {

  private static final String NOT_FOUND = "credentials not found in native keychain";
  private static final JsonMapper JSON = JsonMapper.shared();

  private HelperAnswer() {}

  /**
   * The credentials; empty when the helper has none.
   *
   * @throws IOException when it failed, or its answer is invalid; the message contains nothing of
   *     the answer
   */
  static Optional<Credentials> read(HelperProgram program, HelperProgram.Output output)
      throws IOException {
    if (output.exitCode() != 0) {
      if (output.text().contains(NOT_FOUND)) {
        return Optional.empty();
      }
      throw new IOException(
          "the credential helper "
              + program.command()
              + " failed with exit code "
              + output.exitCode());
    }
    JsonNode json = parse(program, output.text());
    String username = json.path("Username").asString("");
    String secret = json.path("Secret").asString("");
    if (username.isEmpty() && secret.isEmpty()) {
      return Optional.empty();
    }
    if (username.isEmpty() || secret.isEmpty()) {
      throw new IOException(
          "the credential helper "
              + program.command()
              + " answered without "
              + (username.isEmpty() ? "Username" : "Secret"));
    }
    try {
      return Optional.of(new Credentials(username, secret));
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "the credential helper "
              + program.command()
              + " returned invalid credentials: "
              + e.getMessage(),
          e);
    }
  }

  private static JsonNode parse(HelperProgram program, String output) throws IOException {
    try {
      return JSON.readTree(output);
    } catch (JacksonException e) {
      // Without the cause, whose message may contain the secret.
      throw new IOException(
          "the credential helper " + program.command() + " did not answer with JSON");
    }
  }
}
