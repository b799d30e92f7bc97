package dev.cistern.proxy.upstream.http;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import mockwebserver3.MockResponse;
import mockwebserver3.SocketEffect;
import okio.Buffer;

/** Content and answers that many tests use. */
final class Samples {

  static final RepositoryName ALPINE = new RepositoryName("library/alpine");
  static final Tag LATEST = new Tag("latest");
  static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  static final byte[] MANIFEST = manifest();
  static final Digest MANIFEST_DIGEST = Digest.sha256(MANIFEST);
  static final byte[] BLOB = bytes(100_000);
  static final Digest BLOB_DIGEST = Digest.sha256(BLOB);

  private Samples() {}

  private static byte[] manifest() {
    String descriptor =
        "{\"mediaType\":\"application/octet-stream\",\"size\":2,\"digest\":\"sha256:"
            + "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a\"}";
    return utf8(
        "{\"schemaVersion\":2,\"mediaType\":\""
            + OCI_MANIFEST
            + "\",\"config\":"
            + descriptor
            + ",\"layers\":["
            + descriptor
            + "]}");
  }

  static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static Buffer buffer(byte[] bytes) {
    return new Buffer().write(bytes);
  }

  static Buffer buffer(byte[] bytes, int from) {
    return new Buffer().write(bytes, from, bytes.length - from);
  }

  static MockResponse manifestAnswer() {
    return new MockResponse.Builder()
        .setHeader("Content-Type", OCI_MANIFEST)
        .setHeader("Docker-Content-Digest", MANIFEST_DIGEST)
        .body(buffer(MANIFEST))
        .build();
  }

  static MockResponse blobAnswer() {
    return new MockResponse.Builder().body(buffer(BLOB)).build();
  }

  /** A large body with the type of a manifest, with or without its length. */
  /** A blob of which half comes, and then nothing. */
  static MockResponse stallingBlob() {
    return new MockResponse.Builder()
        .body(buffer(BLOB))
        .onResponseBody(SocketEffect.Stall.INSTANCE)
        .build();
  }

  static MockResponse large(byte[] body, boolean chunked) {
    MockResponse.Builder answer = new MockResponse.Builder();
    return (chunked ? answer.chunkedBody(buffer(body), 8000) : answer.body(buffer(body)))
        .setHeader("Content-Type", OCI_MANIFEST)
        .build();
  }

  static MockResponse status(int code) {
    return new MockResponse.Builder().code(code).build();
  }

  static MockResponse status(int code, String body) {
    return new MockResponse.Builder().code(code).body(body).build();
  }

  static MockResponse redirect(int code, String location) {
    return new MockResponse.Builder().code(code).setHeader("Location", location).build();
  }

  static MockResponse challenge(String challenge) {
    return new MockResponse.Builder()
        .code(401)
        .setHeader("WWW-Authenticate", challenge)
        .body("{\"errors\":[{\"code\":\"UNAUTHORIZED\",\"message\":\"authentication required\"}]}")
        .build();
  }
}
