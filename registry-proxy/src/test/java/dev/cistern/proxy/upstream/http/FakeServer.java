package dev.cistern.proxy.upstream.http;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.tls.HandshakeCertificates;
import org.jspecify.annotations.Nullable;

/**
 * A server on a real loopback socket that answers as a test says, and remembers what it was asked.
 */
final class FakeServer implements Closeable {

  /** How to answer a request. */
  @FunctionalInterface
  interface Handler {
    MockResponse answer(RecordedRequest request) throws InterruptedException;
  }

  private final MockWebServer server = new MockWebServer();
  private final List<RecordedRequest> requests = new CopyOnWriteArrayList<>();

  private FakeServer(@Nullable HandshakeCertificates certificates, Handler handler) {
    server.setDispatcher(
        new Dispatcher() {
          @Override
          public MockResponse dispatch(RecordedRequest request) throws InterruptedException {
            requests.add(request);
            MockResponse answer = handler.answer(request);
            return request.getMethod().equals("HEAD") ? withoutBody(answer) : answer;
          }
        });
    try {
      if (certificates != null) {
        server.useHttps(certificates.sslSocketFactory());
      }
      server.start(InetAddress.getLoopbackAddress(), 0);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The headers alone; MockWebServer would send the body of an answer to HEAD. */
  private static MockResponse withoutBody(MockResponse answer) {
    return answer.newBuilder().body("").headers(answer.getHeaders()).build();
  }

  static FakeServer start(Handler handler) {
    return new FakeServer(null, handler);
  }

  static FakeServer startTls(HandshakeCertificates certificates, Handler handler) {
    return new FakeServer(certificates, handler);
  }

  int port() {
    return server.getPort();
  }

  /** The server's plain address, by the loopback's number. */
  String url() {
    return "http://127.0.0.1:" + port();
  }

  List<RecordedRequest> requests() {
    return List.copyOf(requests);
  }

  List<RecordedRequest> requests(String pathPrefix) {
    return requests.stream().filter(r -> r.getTarget().startsWith(pathPrefix)).toList();
  }

  @Override
  public void close() {
    server.close();
  }
}
