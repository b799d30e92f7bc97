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
 * What an upstream answered to a request for a manifest, before it is believed.
 *
 * @param contentType the header's value, empty without one
 * @param declared the digest that the upstream says it has, empty when it says none that can be
 *     used
 */
record ManifestAnswer(Optional<String> contentType, Optional<Digest> declared) {

  static ManifestAnswer of(Exchange answer) {
    return new ManifestAnswer(
        answer.header("Content-Type"), declaredDigest(answer.header("Docker-Content-Digest")));
  }

  /** The manifest, once the body has been found to be what the reference and the header say. */
  UpstreamManifest verified(Reference reference, byte[] body) throws ProtocolException {
    Optional<Digest> asked =
        reference instanceof Digest digest ? Optional.of(digest) : Optional.empty();
    check(asked, body, "asked for");
    check(declared, body, "declared");
    Digest digest = asked.or(() -> declared).orElseGet(() -> Digest.sha256(body));
    return new UpstreamManifest(digest, mediaType(asked, body), ByteBuffer.wrap(body));
  }

  /**
   * The type as the header says. The body has to be readable as a manifest when there is no header,
   * and when neither digest nor type vouches for it: a login page with status 200 must not become
   * the manifest of a tag.
   */
  private MediaType mediaType(Optional<Digest> asked, byte[] body) throws ProtocolException {
    Optional<MediaType> said = contentType.map(MediaType::parse);
    boolean vouchedFor =
        asked.isPresent()
            || declared.isPresent()
            || said.filter(MediaType.manifestTypes()::contains).isPresent();
    if (said.isPresent() && vouchedFor) {
      return said.get();
    }
    MediaType read = read(body);
    return said.orElse(read);
  }

  /**
   * What the headers alone say.
   *
   * @return empty when they name no digest
   */
  Optional<Digest> declaredFor(Reference reference) throws ProtocolException {
    if (declared.isPresent()
        && reference instanceof Digest asked
        && asked.algorithm() == declared.get().algorithm()
        && !asked.equals(declared.get())) {
      throw new ProtocolException("it declares the digest " + declared.get() + " instead");
    }
    return declared;
  }

  private static void check(Optional<Digest> expected, byte[] body, String origin)
      throws ProtocolException {
    if (expected.isPresent()) {
      DigestAlgorithm algorithm = expected.get().algorithm();
      Digest actual = Digest.of(algorithm, body);
      if (!actual.equals(expected.get())) {
        throw new ProtocolException(
            "its body has the digest "
                + actual
                + ", not the one "
                + origin
                + ", "
                + expected.get());
      }
    }
  }

  private static MediaType read(byte[] body) throws ProtocolException {
    try {
      return Manifest.read(body).mediaType();
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
