package dev.cistern.api;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads one manifest token by token, so that skipped properties (annotations, history, signatures)
 * take no memory, and the descriptors only as much as their receivers keep. For one use by one
 * thread.
 */
final class ManifestReader {

  // Known manifests have four levels; the rest is for annotations and extensions.
  private static final int MAX_DEPTH = 64;

  // The document's length limits names already; this only replaces the library's lower limit.
  private static final int MAX_NAME = 50_000;

  // Of strings that are read. Those that are skipped may be longer.
  private static final int MAX_STRING = 1 << 20;

  static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNameLength(MAX_NAME)
                  .maxStringLength(MAX_STRING)
                  .build())
          .build();

  private final JsonParser json;
  private final PropertyNames names = new PropertyNames();
  private final Consumer<Descriptor> manifests;
  private final Consumer<Descriptor> config;
  private final Consumer<Descriptor> layers;
  private @Nullable MediaType declared;

  /** Of the last descriptor: most layers have the same. */
  private MediaType type = MediaType.OCTET_STREAM;

  private boolean isIndex;
  private boolean isImage;
  private boolean isArtifact;
  private boolean isSchema1;
  private boolean isSigned;

  private ManifestReader(
      JsonParser json,
      Consumer<Descriptor> manifests,
      Consumer<Descriptor> config,
      Consumer<Descriptor> layers) {
    this.json = json;
    this.manifests = manifests;
    this.config = config;
    this.layers = layers;
  }

  static Manifest read(ByteBuffer bytes) throws RegistryException {
    List<Descriptor> manifests = new ArrayList<>();
    List<Descriptor> blobs = new ArrayList<>();
    List<Descriptor> layers = new ArrayList<>();
    MediaType type = read(bytes, manifests::add, blobs::add, layers::add);
    blobs.addAll(layers);
    return new Manifest(type, manifests, blobs);
  }

  /** Tells the descriptors one after the other; returns the type. */
  static MediaType read(
      ByteBuffer bytes,
      Consumer<Descriptor> manifests,
      Consumer<Descriptor> config,
      Consumer<Descriptor> layers)
      throws RegistryException {
    requireUtf8Object(bytes);
    try (JsonParser json =
        JSON.createParser(ObjectReadContext.empty(), new Bytes(bytes.duplicate()))) {
      return new ManifestReader(json, manifests, config, layers).read();
    } catch (JacksonException e) {
      throw new RegistryException(
          ErrorCode.MANIFEST_INVALID,
          "Invalid manifest: " + Printable.quoted(e.getOriginalMessage()),
          e);
    }
  }

  /**
   * Rejects bytes that the parser would decode as UTF-16 or UTF-32: it detects these by NULs among
   * the first four bytes or by a byte order mark.
   */
  static void requireUtf8Object(ByteBuffer bytes) throws RegistryException {
    for (int i = bytes.position(); i < Math.min(bytes.position() + 4, bytes.limit()); i++) {
      if (bytes.get(i) == 0) {
        throw invalid("it is not in UTF-8");
      }
    }
    int start = bytes.position();
    while (start < bytes.limit() && isBlank(bytes.get(start))) {
      start++;
    }
    if (start == bytes.limit() || bytes.get(start) != '{') {
      throw invalid("it must begin with a JSON object");
    }
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t' || b == '\n' || b == '\r';
  }

  private MediaType read() throws RegistryException {
    json.nextToken();
    Set<String> seen = new HashSet<>();
    for (String name = json.nextName(); name != null; name = json.nextName()) {
      requireFirst(seen, name);
      json.nextToken();
      readProperty(name);
    }
    if (json.nextToken() != null) {
      throw invalid("the JSON object is followed by other content");
    }
    return declared != null ? declared : inferred();
  }

  private void readProperty(String name) throws RegistryException {
    switch (name) {
      case "mediaType" -> declared = declaredType(name);
      case "schemaVersion" -> isSchema1 = integer(name) == 1;
      case "signatures" -> {
        isSigned = true;
        skip();
      }
      case "manifests" -> {
        isIndex = true;
        readDescriptors(name, manifests);
      }
      case "config" -> {
        isImage = true;
        if (json.currentToken() != JsonToken.VALUE_NULL) {
          config.accept(descriptor(name));
        }
      }
      case "layers" -> {
        isImage = true;
        readDescriptors(name, layers);
      }
      case "blobs" -> {
        isArtifact = true;
        readDescriptors(name, layers);
      }
      default -> skip();
    }
  }

  /** The declared type; null if it is null or empty, which programs in Go may write. */
  private @Nullable MediaType declaredType(String property) throws RegistryException {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return null;
    }
    String text = string(property);
    return text.isEmpty() ? null : MediaType.parse(text);
  }

  private MediaType inferred() throws RegistryException {
    if (isIndex && (isImage || isArtifact)) {
      throw invalid(
          "it has no mediaType and the properties of both an index and an image manifest");
    }
    if (isIndex) {
      return MediaType.OCI_INDEX;
    }
    if (isImage) {
      return MediaType.OCI_MANIFEST;
    }
    if (isArtifact) {
      return MediaType.OCI_ARTIFACT_MANIFEST;
    }
    if (isSchema1) {
      return isSigned ? MediaType.DOCKER_SCHEMA1_SIGNED : MediaType.DOCKER_SCHEMA1;
    }
    return MediaType.OCTET_STREAM;
  }

  /** Reads a list of descriptors. Some tools write null for an empty list. */
  private void readDescriptors(String property, Consumer<Descriptor> into)
      throws RegistryException {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw invalid(property + " is not a list");
    }
    while (json.nextToken() != JsonToken.END_ARRAY) {
      into.accept(descriptor(property));
    }
  }

  private Descriptor descriptor(String property) throws RegistryException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw invalid(property + " must be a descriptor, a JSON object, or a list of them");
    }
    MediaType mediaType = MediaType.OCTET_STREAM;
    Digest digest = null;
    long size = -1;
    Set<String> seen = new HashSet<>();
    for (String name = json.nextName(); name != null; name = json.nextName()) {
      requireFirst(seen, name);
      json.nextToken();
      switch (name) {
        case "mediaType" -> mediaType = type(string(name));
        case "digest" -> digest = digest(string(name));
        case "size" -> size = integer(name);
        default -> skip();
      }
    }
    if (digest == null || size < 0) {
      throw invalid(property + " has a descriptor without a digest or without a valid size");
    }
    return new Descriptor(mediaType, digest, size);
  }

  private MediaType type(String text) {
    if (!type.value().equals(text)) {
      type = MediaType.parse(text);
    }
    return type;
  }

  private static Digest digest(String text) throws RegistryException {
    try {
      return Digest.parse(text);
    } catch (RegistryException e) {
      throw new RegistryException(
          ErrorCode.MANIFEST_INVALID, "Invalid manifest: " + e.getMessage(), e);
    }
  }

  private String string(String property) throws RegistryException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw invalid(property + " is not a string");
    }
    return json.getString();
  }

  private long integer(String property) throws RegistryException {
    if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      throw invalid(property + " is not an integer");
    }
    return json.getLongValue();
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
    return new RegistryException(ErrorCode.MANIFEST_INVALID, "Invalid manifest: " + fault);
  }

  /** The bytes of a buffer, where they are. */
  private static final class Bytes extends InputStream {

    private final ByteBuffer buffer;

    Bytes(ByteBuffer buffer) {
      this.buffer = buffer;
    }

    @Override
    public int read() {
      return buffer.hasRemaining() ? buffer.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
      if (!buffer.hasRemaining()) {
        return -1;
      }
      int n = Math.min(length, buffer.remaining());
      buffer.get(bytes, offset, n);
      return n;
    }
  }
}
