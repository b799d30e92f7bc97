package dev.cistern.api;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The type of content, such as {@code application/vnd.oci.image.index.v1+json}: type and subtype in
 * lower case, without parameters (RFC 9110, section 8.3.1). Immutable; equal when the text is
 * equal.
 *
 * @param value {@code type/subtype}, at most 255 characters
 */
public record MediaType(String value) {

  /** The OCI image manifest. */
  public static final MediaType OCI_MANIFEST =
      new MediaType("application/vnd.oci.image.manifest.v1+json");

  /** The OCI image index: one manifest for each platform. */
  public static final MediaType OCI_INDEX =
      new MediaType("application/vnd.oci.image.index.v1+json");

  /** The artifact manifest of OCI 1.1's release candidates, which some registries still have. */
  public static final MediaType OCI_ARTIFACT_MANIFEST =
      new MediaType("application/vnd.oci.artifact.manifest.v1+json");

  /** Docker's image manifest, version 2, schema 2. */
  public static final MediaType DOCKER_MANIFEST =
      new MediaType("application/vnd.docker.distribution.manifest.v2+json");

  /** Docker's manifest list: one manifest for each platform. */
  public static final MediaType DOCKER_MANIFEST_LIST =
      new MediaType("application/vnd.docker.distribution.manifest.list.v2+json");

  /** Docker's old manifest, schema 1, without signatures. */
  public static final MediaType DOCKER_SCHEMA1 =
      new MediaType("application/vnd.docker.distribution.manifest.v1+json");

  /** Docker's old manifest, schema 1, with signatures. */
  public static final MediaType DOCKER_SCHEMA1_SIGNED =
      new MediaType("application/vnd.docker.distribution.manifest.v1+prettyjws");

  /** Bytes of unknown type. */
  public static final MediaType OCTET_STREAM = new MediaType("application/octet-stream");

  /** JSON without a more specific type: lists and errors. */
  public static final MediaType JSON = new MediaType("application/json");

  private static final int MAX_LENGTH = 255;

  private static final List<MediaType> MANIFEST_TYPES =
      List.of(
          OCI_INDEX,
          DOCKER_MANIFEST_LIST,
          OCI_MANIFEST,
          DOCKER_MANIFEST,
          OCI_ARTIFACT_MANIFEST,
          DOCKER_SCHEMA1_SIGNED);

  private static final Map<String, MediaType> KNOWN =
      Stream.concat(MANIFEST_TYPES.stream(), Stream.of(DOCKER_SCHEMA1, OCTET_STREAM, JSON))
          .collect(Collectors.toUnmodifiableMap(MediaType::value, Function.identity()));

  /**
   * Makes a type from text that is known to be valid; use {@link #parse} for text from outside.
   *
   * @throws IllegalArgumentException if the text is not {@code type/subtype} in lower case
   */
  public MediaType {
    if (!isValid(value) || !value.equals(Ascii.lowerCase(value))) {
      throw new IllegalArgumentException(
          "Invalid media type "
              + Printable.quoted(value)
              + ": it must be type/subtype in lower case, at most "
              + MAX_LENGTH
              + " characters");
    }
  }

  /**
   * Parses the value of a {@code Content-Type} header or a {@code mediaType} property. Parameters
   * are removed and letters converted to lower case. For text that is not a media type the result
   * is {@link #OCTET_STREAM}, which RFC 9110, section 8.3, lets a recipient assume.
   */
  public static MediaType parse(String contentType) {
    MediaType known = KNOWN.get(contentType);
    if (known != null) {
      return known;
    }
    int semicolon = contentType.indexOf(';');
    String type = semicolon < 0 ? contentType : contentType.substring(0, semicolon);
    String name = Ascii.lowerCase(type.strip());
    known = KNOWN.get(name);
    if (known != null) {
      return known;
    }
    return isValid(name) ? new MediaType(name) : OCTET_STREAM;
  }

  /** The types to accept when requesting a manifest, the preferred one first. */
  public static List<MediaType> manifestTypes() {
    return MANIFEST_TYPES;
  }

  /** Whether content of this type lists the manifests of several platforms. */
  public boolean isIndex() {
    return equals(OCI_INDEX) || equals(DOCKER_MANIFEST_LIST);
  }

  private static boolean isValid(String text) {
    int slash = text.indexOf('/');
    return slash > 0
        && slash < text.length() - 1
        && text.length() <= MAX_LENGTH
        && isToken(text, 0, slash)
        && isToken(text, slash + 1, text.length());
  }

  private static boolean isToken(String text, int start, int end) {
    for (int i = start; i < end; i++) {
      if (!Ascii.isToken(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /** The text, {@code type/subtype}. */
  @Override
  public String toString() {
    return value;
  }
}
