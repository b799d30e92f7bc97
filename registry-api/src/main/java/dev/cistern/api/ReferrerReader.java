package dev.cistern.api;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.exc.StreamReadException;

/**
 * Finds the descriptors in an OCI image index. They must have what every descriptor has; everything
 * else in them is not looked at. For one use by one thread.
 */
final class ReferrerReader {

  /** Gets each descriptor. */
  @FunctionalInterface
  interface Visitor {

    /**
     * A descriptor.
     *
     * @param index the whole document
     * @param start the position of the descriptor's first byte
     * @param end the position after its last byte
     * @param artifactType empty if it has none
     */
    void visit(byte[] index, int start, int end, String artifactType);
  }

  private final byte[] index;
  private final JsonParser json;
  private final Visitor visitor;
  private final PropertyNames names = new PropertyNames();
  private boolean isIndex;

  private ReferrerReader(byte[] index, JsonParser json, Visitor visitor) {
    this.index = index;
    this.json = json;
    this.visitor = visitor;
  }

  static void read(byte[] index, Visitor visitor) throws RegistryException {
    ManifestReader.requireUtf8Object(ByteBuffer.wrap(index));
    try (JsonParser json = ManifestReader.JSON.createParser(ObjectReadContext.empty(), index)) {
      new ReferrerReader(index, json, visitor).read();
    } catch (StreamReadException e) {
      throw new RegistryException(
          ErrorCode.MANIFEST_INVALID,
          "Invalid list of referrers: " + Printable.quoted(e.getOriginalMessage()),
          e);
    } catch (JacksonException e) {
      throw new RegistryException(
          ErrorCode.MANIFEST_INVALID, "Invalid list of referrers: it cannot be read", e);
    }
  }

  private void read() throws RegistryException {
    json.nextToken();
    Set<String> seen = new HashSet<>();
    for (String name = json.nextName(); name != null; name = json.nextName()) {
      requireFirst(seen, name);
      JsonToken value = json.nextToken();
      switch (name) {
        case "mediaType" -> requireIndex(value);
        case "manifests" -> {
          isIndex = true;
          readDescriptors(value);
        }
        default -> skip();
      }
    }
    if (json.nextToken() != null) {
      throw invalid("the JSON object is followed by other content");
    }
    if (!isIndex) {
      throw invalid("it has no list of manifests");
    }
  }

  private void requireIndex(JsonToken value) throws RegistryException {
    // Programs in Go may write an empty string.
    if (value != JsonToken.VALUE_NULL
        && (value != JsonToken.VALUE_STRING
            || !(json.getString().isEmpty()
                || json.getString().equals(MediaType.OCI_INDEX.value())))) {
      throw invalid("it is not an OCI image index");
    }
  }

  private void readDescriptors(JsonToken value) throws RegistryException {
    if (value == JsonToken.VALUE_NULL) {
      return;
    }
    if (value != JsonToken.START_ARRAY) {
      throw invalid("its manifests are not a list");
    }
    while (json.nextToken() != JsonToken.END_ARRAY) {
      readDescriptor();
    }
  }

  private void readDescriptor() throws RegistryException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw invalid("its list of manifests contains a value that is not a descriptor");
    }
    int start = Math.toIntExact(json.currentTokenLocation().getByteOffset());
    String artifactType = "";
    boolean hasType = false;
    boolean hasDigest = false;
    boolean hasSize = false;
    Set<String> seen = new HashSet<>();
    for (String name = json.nextName(); name != null; name = json.nextName()) {
      requireFirst(seen, name);
      JsonToken value = json.nextToken();
      boolean isString = value == JsonToken.VALUE_STRING;
      switch (name) {
        case "mediaType" -> hasType = isString;
        case "digest" -> hasDigest = isString && json.getString().indexOf(':') > 0;
        case "size" -> hasSize = value == JsonToken.VALUE_NUMBER_INT && json.getLongValue() >= 0;
        case "artifactType" -> artifactType = isString ? json.getString() : "";
        default -> {}
      }
      skip();
    }
    if (!hasType || !hasDigest || !hasSize) {
      throw invalid("it has a descriptor without a valid mediaType, digest and size");
    }
    int end = Math.toIntExact(json.currentLocation().getByteOffset());
    visitor.visit(index, start, end, artifactType);
  }

  private void skip() throws RegistryException {
    if (!names.skip(json)) {
      throw tooManyNames();
    }
  }

  private static RegistryException tooManyNames() {
    return invalid("it has more than " + PropertyNames.MOST + " different names of properties");
  }

  private void requireFirst(Set<String> seen, String name) throws RegistryException {
    if (!names.add(name)) {
      throw tooManyNames();
    }
    if (!seen.add(name)) {
      throw invalid("an object has the property " + Printable.quoted(name) + " twice");
    }
  }

  private static RegistryException invalid(String fault) {
    return new RegistryException(ErrorCode.MANIFEST_INVALID, "Invalid list of referrers: " + fault);
  }
}
