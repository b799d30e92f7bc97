package dev.cistern.proxy.testing;

import dev.cistern.api.Digest;
import dev.cistern.api.MediaType;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.proxy.upstream.http.Upstreams;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Level;
import java.util.logging.Logger;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okio.Buffer;

/**
 * A registry on a real loopback socket. It has what a test puts there, answers otherwise where a
 * test says so, and counts what it is asked. What it has not it answers with 404.
 */
public final class FakeRegistry implements Closeable {

  /** How to answer a request; may wait at a {@link Gate}. */
  @FunctionalInterface
  public interface Answer {
    MockResponse to(RecordedRequest request);
  }

  // Held, so that its level outlives garbage collection: it would log every request.
  private static final Logger log = Logger.getLogger(MockWebServer.class.getName());

  private final KeptPort port = KeptPort.open();
  private final MockWebServer server = new MockWebServer();
  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<Gate> gates = new CopyOnWriteArrayList<>();

  private FakeRegistry() throws IOException {
    log.setLevel(Level.WARNING);
    server.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) {
            String line = request.getMethod() + " " + request.getTarget();
            requests.add(line);
            Answer answer = answers.get(line);
            return answer == null ? status(404) : answer.to(request);
          }
        });
    server.start(InetAddress.getLoopbackAddress(), port.number());
  }

  public static FakeRegistry start() {
    try {
      return new FakeRegistry();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String url() {
    return "http://" + port.address();
  }

  /** A real client of this registry. */
  public Upstream connect() {
    return Upstreams.connect(UpstreamConfig.builder(url()).build());
  }

  /** Answers a request, {@code "GET /v2/…"}, in place of what was answered before. */
  public void answer(String request, Answer answer) {
    answers.put(request, answer);
  }

  /** Has a blob, under its sha256 digest. */
  public Digest blob(String repository, byte[] content) {
    Digest digest = Digest.sha256(content);
    blob(repository, digest, content);
    return digest;
  }

  /** Has a blob under this digest, right or wrong. */
  public void blob(String repository, Digest digest, byte[] content) {
    answer(getBlob(repository, digest), request -> body(content));
    answer(headBlob(repository, digest), request -> head(content.length).build());
  }

  /** Has a blob, and stops at gates while it sends it. */
  public Digest blob(String repository, byte[] content, Map<Integer, Gate> stops) {
    Digest digest = blob(repository, content);
    answer(
        getBlob(repository, digest),
        request -> new MockResponse.Builder().body(new GatedBody(content, stops)).build());
    return digest;
  }

  /** Has a manifest, under its sha256 digest. */
  public Digest manifest(String repository, MediaType type, byte[] body) {
    Digest digest = Digest.sha256(body);
    manifest(repository, digest.toString(), digest, type, body);
    return digest;
  }

  /** Has a manifest, and a tag that names it. */
  public Digest tag(String repository, String tag, MediaType type, byte[] body) {
    Digest digest = manifest(repository, type, body);
    manifest(repository, tag, digest, type, body);
    return digest;
  }

  private void manifest(
      String repository, String reference, Digest digest, MediaType type, byte[] body) {
    answer(
        getManifest(repository, reference),
        request ->
            body(body)
                .newBuilder()
                .setHeader("Content-Type", type.value())
                .setHeader("Docker-Content-Digest", digest)
                .build());
    answer(
        headManifest(repository, reference),
        request ->
            head(body.length)
                .setHeader("Content-Type", type.value())
                .setHeader("Docker-Content-Digest", digest)
                .build());
  }

  public static String getBlob(String repository, Digest digest) {
    return "GET /v2/" + repository + "/blobs/" + digest;
  }

  public static String headBlob(String repository, Digest digest) {
    return "HEAD /v2/" + repository + "/blobs/" + digest;
  }

  public static String getManifest(String repository, Object reference) {
    return "GET /v2/" + repository + "/manifests/" + reference;
  }

  public static String headManifest(String repository, Object reference) {
    return "HEAD /v2/" + repository + "/manifests/" + reference;
  }

  public static MockResponse status(int code) {
    return new MockResponse.Builder().code(code).build();
  }

  public static MockResponse body(byte[] content) {
    return new MockResponse.Builder().body(new Buffer().write(content)).build();
  }

  /** What a request for a range from some byte on asks for; all of it for one without. */
  public static MockResponse rest(byte[] content, RecordedRequest request) {
    String range = request.getHeaders().get("Range");
    if (range == null) {
      return body(content);
    }
    int from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
    return body(Arrays.copyOfRange(content, from, content.length))
        .newBuilder()
        .code(206)
        .setHeader(
            "Content-Range", "bytes %d-%d/%d".formatted(from, content.length - 1, content.length))
        .build();
  }

  public static MockResponse json(String text) {
    return body(text.getBytes(StandardCharsets.UTF_8))
        .newBuilder()
        .setHeader("Content-Type", MediaType.JSON.value())
        .build();
  }

  private static MockResponse.Builder head(int length) {
    return new MockResponse.Builder().setHeader("Content-Length", length);
  }

  /** A gate that opens at the latest when the registry closes. */
  public Gate gate() {
    Gate gate = new Gate();
    gates.add(gate);
    return gate;
  }

  /** All requests so far, {@code "GET /v2/…"}, in the order in which they came. */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  /** How often this was requested. */
  public long count(String request) {
    return requests.stream().filter(request::equals).count();
  }

  /** From now on this address refuses connections. */
  public void goDown() {
    gates.forEach(Gate::open);
    server.close();
  }

  @Override
  public void close() {
    goDown();
    port.close();
  }
}
