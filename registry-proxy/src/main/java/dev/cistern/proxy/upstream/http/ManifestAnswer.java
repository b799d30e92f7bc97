package dev.cistern.proxy.upstream.http;

import dev.cistern.api.Digest;
import dev.cistern.api.DigestAlgorithm;
import dev.cistern.api.Manifest;
import dev.cistern.api.MediaType;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.UpstreamManifest;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The headers of an upstream's answer with a manifest, before verification.
 *
 * @param contentType the header's value; empty without one
 * @param declared the digest in {@code Docker-Content-Digest}; empty when it is missing or invalid
 */
record ManifestAnswer(Optional<String> contentType, Optional<Digest> declared) {

  static ManifestAnswer of(Exchange answer) {
    return new ManifestAnswer(
        answer.header("Content-Type"), declaredDigest(answer.header("Docker-Content-Digest")));
  }

  /** The manifest, after its body is checked against the reference and the headers. */
  UpstreamManifest verified(Reference reference, byte[] body) throws ProtocolException {
    Optional<Digest> asked =
        reference instanceof Digest digest ? Optional.of(digest) : Optional.empty();
    check(asked, body, "the requested one");
    check(declared, body, "the one in Docker-Content-Digest");
    Digest digest = asked.or(() -> declared).orElseGet(() -> Digest.sha256(body));
    return new UpstreamManifest(digest, mediaType(asked, body), ByteBuffer.wrap(body));
  }

  /**
   * The media type from the header, or from the body. What a tag names must be a manifest: a login
   * page or an error with status 200 must not become what the tag names. A JSON object of which the
   * upstream knows the digest may be a new kind of manifest, which this cache cannot read. Bytes
   * with the requested digest are what the client wants, whatever they are.
   */
  private MediaType mediaType(Optional<Digest> asked, byte[] body) throws ProtocolException {
    Optional<MediaType> said = contentType.map(MediaType::parse);
    if (said.isPresent() && (asked.isPresent() || (declared.isPresent() && isObject(body)))) {
      return said.get();
    }
    MediaType read = read(body);
    if (asked.isEmpty() && declared.isEmpty() && read.equals(MediaType.OCTET_STREAM)) {
      throw new ProtocolException("its body is not a manifest of a known type");
    }
    return said.orElse(read);
  }

  private static boolean isObject(byte[] body) {
    for (byte b : body) {
      if (b != ' ' && b != '\t' && b != '\r' && b != '\n') {
        return b == '{';
      }
    }
    return false;
  }

  /**
   * The digest from the headers.
   *
   * @return empty when they have none
   */
  Optional<Digest> declaredFor(Reference reference) throws ProtocolException {
    if (declared.isPresent()
        && reference instanceof Digest asked
        && asked.algorithm() == declared.get().algorithm()
        && !asked.equals(declared.get())) {
      throw new ProtocolException(
          "it answered with the digest " + declared.get() + " instead of " + asked);
    }
    return declared;
  }

  private void check(Optional<Digest> expected, byte[] body, String origin)
      throws ProtocolException {
    if (expected.isPresent()) {
      DigestAlgorithm algorithm = expected.get().algorithm();
      Digest actual = Digest.of(algorithm, body);
      if (!actual.equals(expected.get())) {
        if (isSigned()) {
          // The digest is that of the payload, so it names none of the bytes that clients would
          // get, and current clients accept no schema 1.
          throw new ProtocolException(
              "it sent a signed manifest of schema 1, whose digest does not cover its signatures;"
                  + " push the image again as an OCI image");
        }
        throw new ProtocolException(
            "its body has the digest " + actual + ", and not " + origin + ", " + expected.get());
      }
    }
  }

  /** Whether it is Docker's old manifest with signatures, whose digest may not cover them. */
  boolean isSigned() {
    return contentType.map(MediaType::parse).equals(Optional.of(MediaType.DOCKER_SCHEMA1_SIGNED));
  }

  private static MediaType read(byte[] body) throws ProtocolException {
    try {
      return Manifest.scan(ByteBuffer.wrap(body), blob -> {});
    } catch (RegistryException e) {
      ProtocolException failure = new ProtocolException("its body is not a manifest");
      failure.initCause(e);
      throw failure;
    }
  }

  private static Optional<Digest> declaredDigest(Optional<String> header) {
    try {
      return header.isPresent() ? Optional.of(Digest.parse(header.get())) : Optional.empty();
    } catch (RegistryException e) {
      return Optional.empty();
    }
  }
}
