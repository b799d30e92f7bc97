package dev.cistern.server.fault;

import dev.cistern.server.fault.Fault.Pace;
import dev.cistern.server.fault.Fault.Place;
import dev.cistern.server.fault.FaultyRegistry.Script;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** What every row of the table stands for. */
final class Faults {

  private static final int ALWAYS = Integer.MAX_VALUE;
  private static final byte[] LOGIN_PAGE =
      "<html><body>Please log in</body></html>".getBytes(StandardCharsets.UTF_8);
  private static final byte[] OTHER_MANIFEST =
      "{\"schemaVersion\": 2, \"config\": {}, \"layers\": []}".getBytes(StandardCharsets.UTF_8);

  private static final Map<String, Fault> ALL = new LinkedHashMap<>();

  static {
    noConnection();
    noAnswer();
    brokenBodies();
    wrongBytes();
    changingSizes();
    oddButLegal();
    headOnly();
    refusals();
    redirects();
  }

  private Faults() {}

  /** The fault of that name. */
  static Fault named(String name) {
    Fault fault = ALL.get(name);
    if (fault == null) {
      throw new IllegalArgumentException("no fault is called '" + name + "'");
    }
    return fault;
  }

  /** All names, in an order that makes sense. */
  static Iterable<String> names() {
    return ALL.keySet();
  }

  private static void add(String name, Place place, Pace pace, Script script) {
    ALL.put(name, new Fault(name, place, pace, script));
  }

  private static void add(String name, Script script) {
    add(name, Place.HTTP, Pace.PATIENT, script);
  }

  private static void addStalling(String name, Script script) {
    add(name, Place.HTTP, Pace.IMPATIENT_WITH_BODIES, script);
  }

  /** Always the right answer, with something done to it. */
  private static void change(String name, UnaryOperator<Answer> change) {
    add(name, (ask, wire) -> wire.send(change.apply(Answer.right(ask))));
  }

  private static void noConnection() {
    Script never = (ask, wire) -> wire.reset();
    add("connection refused", Place.NOT_LISTENING, Pace.PATIENT, never);
    add("host name unknown", Place.NO_NAME, Pace.PATIENT, never);
    add("certificate not trusted", Place.HTTPS, Pace.PATIENT, never);
  }

  private static void noAnswer() {
    add("reset before any answer", (ask, wire) -> wire.reset());
    add("closed before any answer", (ask, wire) -> {});
    add("something else than HTTP", (ask, wire) -> wire.raw("220 mail.example.com ESMTP\r\n"));
    add("silent", Place.HTTP, Pace.IMPATIENT, (ask, wire) -> wire.keepSilent());
    addStalling(
        "silent after the headers",
        (ask, wire) -> {
          wire.head(Answer.right(ask));
          if (!ask.isHead()) {
            wire.keepSilent();
          }
        });
  }

  private static void brokenBodies() {
    add("body cut at half, once", cut(1));
    add("body cut at half, twice", cut(2));
    add("body cut at half, always", cut(ALWAYS));
    add(
        "reset in the middle of the body, once",
        (ask, wire) -> {
          cut(1).play(ask, wire);
          if (ask.time() == 1 && !ask.isHead()) {
            wire.reset();
          }
        });
    addStalling(
        "body stalls at half, once",
        (ask, wire) -> {
          cut(1).play(ask, wire);
          if (ask.time() == 1 && !ask.isHead()) {
            wire.keepSilent();
          }
        });
    addStalling("body slows to a trickle, once", Faults::trickle);
    add(
        "body cut, then Range ignored",
        (ask, wire) -> {
          boolean first = ask.time() == 1;
          cut(1).play(first ? ask : new Ask(ask.method(), ask.path(), Map.of(), 2), wire);
        });
    add(
        "body cut, then another range than asked for",
        (ask, wire) -> {
          Answer right = Answer.right(ask);
          if (right.status() == 206) {
            wire.send(
                right.with(
                    "Content-Range",
                    "bytes 7-" + (6 + right.body().length) + "/" + Sample.BLOB.length));
          } else {
            cut(1).play(ask, wire);
          }
        });
  }

  /** Sends half of the body, as many times. */
  private static Script cut(int times) {
    return (ask, wire) -> {
      Answer right = Answer.right(ask);
      int left = right.body().length;
      int half = Math.max(0, (ask.from() + left) / 2 - ask.from());
      wire.head(right);
      wire.body(right, 0, ask.time() <= times ? half : left);
    };
  }

  private static void trickle(Ask ask, Wire wire) throws IOException {
    if (ask.isHead() || ask.time() > 1) {
      wire.send(Answer.right(ask));
      return;
    }
    Answer right = Answer.right(ask);
    wire.head(right);
    int position = right.body().length / 2;
    wire.body(right, 0, position);
    while (position < right.body().length && wire.pause(20)) {
      wire.body(right, position, ++position);
    }
  }

  private static void wrongBytes() {
    add("first byte wrong, once", (ask, wire) -> wire.send(wrong(ask, 0, 1)));
    add("last byte wrong, once", (ask, wire) -> wire.send(wrong(ask, -1, 1)));
    add("last byte wrong, always", (ask, wire) -> wire.send(wrong(ask, -1, ALWAYS)));
    add(
        "body longer than declared",
        (ask, wire) -> {
          Answer right = Answer.right(ask);
          wire.send(
              right.status() == 206
                  ? right
                  : right.with("Content-Length", right.body().length - 5));
        });
    add(
        "body shorter than declared",
        (ask, wire) -> {
          Answer right = Answer.right(ask);
          wire.send(
              right.status() == 206
                  ? right
                  : right.with("Content-Length", right.body().length + 5));
        });
    add(
        "digest header that contradicts",
        (ask, wire) -> {
          Answer manifest =
              Answer.right(
                  ask.isForManifest()
                      ? new Ask(
                          ask.method(), Sample.manifestPath(Sample.TAG), ask.headers(), ask.time())
                      : ask);
          wire.send(
              ask.isForManifest()
                  ? manifest.with("Docker-Content-Digest", "sha256:" + "00".repeat(32))
                  : manifest);
        });
    add(
        "web page instead of a manifest",
        (ask, wire) ->
            wire.send(
                ask.isForManifest()
                    ? Answer.of(200, LOGIN_PAGE).with("Content-Type", "text/html")
                    : Answer.right(ask)));
    add(
        "manifest of another digest",
        (ask, wire) -> {
          Answer right = Answer.right(ask);
          wire.send(
              ask.isForManifest() && !ask.isHead()
                  ? right
                      .withBody(OTHER_MANIFEST)
                      .with("Content-Length", OTHER_MANIFEST.length)
                      .without("Docker-Content-Digest")
                  : right);
        });
  }

  private static Answer wrong(Ask ask, int index, int times) {
    Answer right = Answer.right(ask);
    return ask.time() <= times && right.body().length > 0 ? right.withWrongByte(index) : right;
  }

  /** Sizes that change between the first answer, a retry, a resume and HEAD. */
  private static void changingSizes() {
    addOnce("blob shorter at first, then whole", ask -> resized(ask, -1_000), Wire::send);
    addOnce("blob longer at first, then right", ask -> resized(ask, 1_000), Wire::send);
    addOnce("chunked and shorter at first, then whole", ask -> resized(ask, -1_000), Wire::chunked);
    addOnce("chunked and longer at first, then right", ask -> resized(ask, 1_000), Wire::chunked);
    addSecond("body cut, then a resume of another size", ask -> resized(ask, -500));
    addSecond("body cut, then all of another size", ask -> resized(withoutRange(ask), -1_000));
    addSecond("body cut, then no such range", ask -> Answer.refusal(416));
    addSecond("body cut, then 400", ask -> Answer.refusal(400));
    addSecond("body cut, then 404", ask -> Answer.refusal(404));
    add(
        "body cut, then all of it, chunked",
        (ask, wire) -> {
          if (ask.time() == 1 || ask.isHead() || !ask.isForBlob()) {
            cut(1).play(ask, wire);
          } else {
            wire.chunked(Answer.right(withoutRange(ask)));
          }
        });
    add(
        "chunked body cut, then announced",
        (ask, wire) -> {
          Answer right = Answer.right(ask);
          if (ask.time() == 1 && !ask.isHead() && ask.isForBlob()) {
            wire.head(right.without("Content-Length").with("Transfer-Encoding", "chunked"));
            wire.raw(Integer.toHexString(right.body().length) + "\r\n");
            wire.body(right, 0, right.body().length / 2);
          } else {
            wire.send(right);
          }
        });
    add(
        "HEAD of another size",
        (ask, wire) -> {
          Answer right = Answer.right(ask);
          wire.send(ask.isHead() ? right.with("Content-Length", right.body().length - 100) : right);
        });
    add(
        "HEAD of size 0",
        (ask, wire) -> {
          Answer right = Answer.right(ask);
          wire.send(ask.isHead() ? right.with("Content-Length", 0) : right);
        });
  }

  @FunctionalInterface
  private interface Sending {
    void send(Wire wire, Answer answer) throws IOException;
  }

  /** Blobs are answered otherwise the first time, and manifests always rightly. */
  private static void addOnce(String name, Function<Ask, Answer> first, Sending how) {
    add(
        name,
        (ask, wire) -> {
          if (ask.isForBlob() && ask.time() == 1) {
            how.send(wire, first.apply(ask));
          } else {
            wire.send(Answer.right(ask));
          }
        });
  }

  /**
   * The first body of a blob is cut, the second answer is another one, and later ones are right.
   */
  private static void addSecond(String name, Function<Ask, Answer> second) {
    add(
        name,
        (ask, wire) -> {
          if (ask.isForBlob() && !ask.isHead() && ask.time() == 2) {
            wire.send(second.apply(ask));
          } else if (ask.isForBlob()) {
            cut(1).play(ask, wire);
          } else {
            wire.send(Answer.right(ask));
          }
        });
  }

  private static Ask withoutRange(Ask ask) {
    return new Ask(ask.method(), ask.path(), Map.of(), ask.time());
  }

  /** The right answer with so many bytes more or less, and headers that agree with it. */
  private static Answer resized(Ask ask, int more) {
    Answer right = Answer.right(ask);
    byte[] body = Arrays.copyOf(right.body(), right.body().length + more);
    Answer resized = right.withBody(body).with("Content-Length", body.length);
    int end = ask.from() + body.length;
    return right.status() == 206
        ? resized.with("Content-Range", "bytes " + ask.from() + "-" + (end - 1) + "/" + end)
        : resized;
  }

  /** What is refused for HEAD only. */
  private static void headOnly() {
    for (int status : new int[] {401, 403, 404, 500}) {
      add(
          "HEAD answered with " + status,
          (ask, wire) -> wire.send(ask.isHead() ? Answer.refusal(status) : Answer.right(ask)));
    }
    add(
        "HEAD redirected to a URL signed for GET",
        (ask, wire) -> {
          if (isStorage(ask)) {
            wire.send(ask.isHead() ? Answer.refusal(403) : Answer.right(stored(ask)));
          } else {
            wire.send(
                Answer.of(307, new byte[0])
                    .with("Location", wire.elsewhere("/storage" + ask.path())));
          }
        });
    add(
        "manifest by tag only",
        (ask, wire) ->
            wire.send(
                ask.isForManifest() && ask.path().contains("sha256:")
                    ? Answer.refusal(404)
                    : Answer.right(ask)));
  }

  private static void oddButLegal() {
    change("no digest header", right -> right.without("Docker-Content-Digest"));
    add("chunked, without a length", (ask, wire) -> wire.chunked(Answer.right(ask)));
    add(
        "HEAD without a length",
        (ask, wire) -> {
          Answer right = Answer.right(ask);
          wire.send(ask.isHead() ? right.without("Content-Length") : right);
        });
    add(
        "HEAD answered with 405",
        (ask, wire) -> wire.send(ask.isHead() ? Answer.refusal(405) : Answer.right(ask)));
  }

  private static void refusals() {
    for (int status : new int[] {400, 403, 404, 410, 418, 429, 500, 502}) {
      add(Integer.toString(status), (ask, wire) -> wire.send(Answer.refusal(status)));
    }
    add("401, nothing asked for", (ask, wire) -> wire.send(Answer.refusal(401)));
    add(
        "401, password asked for",
        (ask, wire) ->
            wire.send(Answer.refusal(401).with("WWW-Authenticate", "Basic realm=\"r\"")));
    add("401, token service says 401", (ask, wire) -> bearer(ask, wire, 401));
    add("401, token service says 500", (ask, wire) -> bearer(ask, wire, 500));
    add("401, token is refused", (ask, wire) -> bearer(ask, wire, 200));
    add(
        "429 with Retry-After",
        (ask, wire) -> wire.send(Answer.refusal(429).with("Retry-After", 20)));
    add(
        "503 with Retry-After",
        (ask, wire) -> wire.send(Answer.refusal(503).with("Retry-After", 20)));
  }

  private static void bearer(Ask ask, Wire wire, int tokenStatus) throws IOException {
    if (!ask.path().startsWith("/token")) {
      wire.send(
          Answer.refusal(401)
              .with(
                  "WWW-Authenticate", "Bearer realm=\"" + wire.url("/token") + "\",service=\"s\""));
    } else if (tokenStatus == 200) {
      wire.send(Answer.of(200, "{\"token\": \"t0k3n\"}".getBytes(StandardCharsets.UTF_8)));
    } else {
      wire.send(Answer.refusal(tokenStatus));
    }
  }

  private static void redirects() {
    add("307 to a storage service", (ask, wire) -> redirect(ask, wire, 0));
    add("307 to a signed URL that has expired, once", (ask, wire) -> redirect(ask, wire, 1));
    add("307 to a signed URL that has expired, always", (ask, wire) -> redirect(ask, wire, ALWAYS));
    add(
        "307, body cut, signed URL expired by then",
        (ask, wire) -> {
          if (isStorage(ask) && ask.path().endsWith("signature=1")) {
            cut(1).play(stored(ask), wire);
          } else {
            redirect(ask, wire, 2);
          }
        });
    add(
        "relative redirect",
        (ask, wire) -> {
          if (isStorage(ask)) {
            wire.send(Answer.right(stored(ask)));
          } else {
            wire.send(Answer.of(308, new byte[0]).with("Location", "/storage" + ask.path()));
          }
        });
    add(
        "redirects in a circle",
        (ask, wire) -> wire.send(Answer.of(302, new byte[0]).with("Location", ask.path())));
    add("redirect to nowhere", (ask, wire) -> wire.send(Answer.of(307, new byte[0])));
  }

  private static boolean isStorage(Ask ask) {
    return ask.path().startsWith("/storage");
  }

  private static Ask stored(Ask ask) {
    String path = ask.path().substring("/storage".length()).replaceFirst("\\?.*", "");
    return new Ask(ask.method(), path, ask.headers(), ask.time());
  }

  /**
   * Redirects blobs to another host, each time with another signature.
   *
   * @param expired how many of the first signatures are not accepted
   */
  private static void redirect(Ask ask, Wire wire, int expired) throws IOException {
    if (isStorage(ask)) {
      int signature = Integer.parseInt(ask.path().replaceFirst(".*signature=", ""));
      wire.send(signature <= expired ? Answer.refusal(403) : Answer.right(stored(ask)));
    } else if (ask.isForBlob()) {
      wire.send(
          Answer.of(307, new byte[0])
              .with(
                  "Location",
                  wire.elsewhere("/storage" + ask.path() + "?signature=" + ask.time())));
    } else {
      wire.send(Answer.right(ask));
    }
  }
}
