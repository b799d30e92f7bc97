package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.Printable;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.Platform;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Finds the manifests of a platform in an index, token by token: what is skipped takes no memory.
 * For one index and one thread.
 */
public final class IndexEntries {

  private static final JsonFactory JSON =
      JsonFactory.builder().disable(JsonFactory.Feature.CANONICALIZE_PROPERTY_NAMES).build();

  /** How many other platforms a message names. */
  private static final int MOST_NAMED = 30;

  private final JsonParser json;
  private final Platform wanted;
  private final List<Digest> found = new ArrayList<>();
  private final Set<String> others = new TreeSet<>();

  private IndexEntries(JsonParser json, Platform wanted) {
    this.json = json;
    this.wanted = wanted;
  }

  /**
   * The manifests for a platform: usually one, or several variants.
   *
   * @param index the bytes of an OCI index or a Docker manifest list
   * @throws RegistryException if there is none; the message lists the available platforms
   */
  public static List<Digest> of(ByteBuffer index, Platform wanted) throws RegistryException {
    byte[] bytes = new byte[index.remaining()];
    index.duplicate().get(bytes);
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), bytes)) {
      IndexEntries entries = new IndexEntries(json, wanted);
      entries.read();
      return entries.found();
    } catch (JacksonException e) {
      throw new RegistryException(ErrorCode.MANIFEST_INVALID, "Invalid index: it is not JSON", e);
    }
  }

  private List<Digest> found() throws RegistryException {
    if (found.isEmpty()) {
      throw new RegistryException(
          ErrorCode.MANIFEST_UNKNOWN,
          "The image does not support "
              + wanted
              + "; available platforms: "
              + String.join(", ", others)
              + (others.size() < MOST_NAMED ? "" : ", …"));
    }
    return found;
  }

  private void read() throws RegistryException {
    json.nextToken();
    while (nextProperty()) {
      boolean manifests = "manifests".equals(json.currentName());
      if (json.nextToken() != JsonToken.START_ARRAY || !manifests) {
        json.skipChildren();
        continue;
      }
      while (json.nextToken() != JsonToken.END_ARRAY) {
        if (json.currentToken() == JsonToken.START_OBJECT) {
          readEntry();
        } else {
          json.skipChildren();
        }
      }
    }
  }

  private void readEntry() throws RegistryException {
    String digest = "";
    boolean matches = false;
    while (nextProperty()) {
      switch (json.currentName()) {
        case "digest" -> digest = text();
        case "platform" -> matches = matches();
        default -> skipValue();
      }
    }
    if (matches) {
      found.add(Digest.parse(digest));
    }
  }

  private boolean matches() {
    String os = "";
    String architecture = "";
    String variant = "";
    if (json.nextToken() == JsonToken.START_OBJECT) {
      while (nextProperty()) {
        switch (json.currentName()) {
          case "os" -> os = text();
          case "architecture" -> architecture = text();
          case "variant" -> variant = text();
          default -> skipValue();
        }
      }
    } else {
      json.skipChildren();
    }
    boolean matches = wanted.matches(os, architecture, variant);
    if (!matches && others.size() < MOST_NAMED) {
      others.add(Printable.line(os + "/" + architecture, 80));
    }
    return matches;
  }

  private boolean nextProperty() {
    return json.nextToken() == JsonToken.PROPERTY_NAME;
  }

  private void skipValue() {
    json.nextToken();
    json.skipChildren();
  }

  /** Empty when the value is no text. */
  private String text() {
    boolean isText = json.nextToken() == JsonToken.VALUE_STRING;
    json.skipChildren();
    return isText ? json.getString() : "";
  }
}
