package dev.cistern.server.fault;

import dev.cistern.api.Digest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** An answer of an upstream, before anything happens to it on its way. Immutable. */
final class Answer {

  private final int status;
  private final Map<String, String> headers;
  private final byte[] body;

  private Answer(int status, Map<String, String> headers, byte[] body) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  int status() {
    return status;
  }

  Map<String, String> headers() {
    return headers;
  }

  byte[] body() {
    return body;
  }

  /** An answer with that body and its length. */
  static Answer of(int status, byte[] body) {
    return new Answer(status, Map.of(), body).with("Content-Length", body.length);
  }

  /** A refusal, with a body as registries give it. */
  static Answer refusal(int status) {
    String body = "{\"errors\":[{\"code\":\"X\",\"message\":\"the reason of " + status + "\"}]}";
    return of(status, body.getBytes(StandardCharsets.UTF_8))
        .with("Content-Type", "application/json");
  }

  /** What a registry that works answers, ranges included. */
  static Answer right(Ask ask) {
    if (ask.path().equals("/v2/")) {
      return of(200, new byte[0]);
    }
    Digest manifest = Digest.sha256(Sample.MANIFEST);
    if (ask.path().equals(Sample.manifestPath(Sample.TAG))
        || ask.path().equals(Sample.manifestPath(manifest))) {
      return of(200, Sample.MANIFEST)
          .with("Content-Type", Sample.TYPE.value())
          .with("Docker-Content-Digest", manifest);
    }
    for (byte[] blob : new byte[][] {Sample.BLOB, Sample.SMALL_BLOB}) {
      if (ask.path().equals(Sample.blobPath(blob))) {
        return blob(ask, blob);
      }
    }
    return refusal(404);
  }

  private static Answer blob(Ask ask, byte[] blob) {
    int from = ask.from();
    int end = ask.end(blob.length);
    if (from >= blob.length) {
      return refusal(416).with("Content-Range", "bytes */" + blob.length);
    }
    Answer answer =
        from == 0
            ? of(200, blob)
            : of(206, Arrays.copyOfRange(blob, from, end))
                .with("Content-Range", "bytes " + from + "-" + (end - 1) + "/" + blob.length);
    return answer
        .with("Content-Type", "application/octet-stream")
        .with("ETag", "\"" + blob.length + "\"");
  }

  Answer with(String name, Object value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value.toString());
    return new Answer(status, more, body);
  }

  Answer without(String name) {
    Map<String, String> fewer = new LinkedHashMap<>(headers);
    fewer.remove(name);
    return new Answer(status, fewer, body);
  }

  /** The same headers over other bytes. */
  Answer withBody(byte[] other) {
    return new Answer(status, headers, other);
  }

  /** The same with one byte changed; a negative index counts from the end. */
  Answer withWrongByte(int index) {
    byte[] wrong = body.clone();
    wrong[index < 0 ? wrong.length + index : index] ^= 1;
    return withBody(wrong);
  }
}
