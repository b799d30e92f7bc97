package dev.cistern.proxy.upstream.http;

import com.google.common.base.Suppliers;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Single HTTP exchanges with deadlines: no redirects, no authentication. Holds the client, its
 * connections and the calls on their way. All threads behind it are daemons, and only blocking
 * calls are made, so it has no pool of its own.
 */
final class Transport implements Closeable {

  // Enough for the parallel layers of many pulls; what is idle for longer, load balancers have
  // dropped.
  private static final int IDLE_CONNECTIONS = 64;
  private static final Duration IDLE_TIME = Duration.ofMinutes(2);

  private final ConnectionPool connections =
      new ConnectionPool(IDLE_CONNECTIONS, IDLE_TIME.toSeconds(), TimeUnit.SECONDS);

  // Made when it is needed: reading the JDK's issuers takes a sixth of a server's start.
  private final Supplier<OkHttpClient> client;
  private final OpenCalls calls = new OpenCalls();
  private final Duration headerTimeout;
  private final Duration stallTimeout;
  private final Duration bodyTimeout;
  private final String userAgent;

  Transport(UpstreamConfig config, UnaryOperator<OkHttpClient.Builder> customization) {
    headerTimeout = config.headerTimeout();
    stallTimeout = config.stallTimeout();
    bodyTimeout = config.metadataTimeout();
    userAgent = config.userAgent();
    OkHttpClient.Builder builder =
        new OkHttpClient.Builder()
            .connectTimeout(config.connectTimeout())
            // While headers are awaited the deadline rules, which this must not forestall.
            .readTimeout(longer(headerTimeout, stallTimeout))
            .socketFactory(new ReadAheadSockets())
            .followRedirects(false)
            .followSslRedirects(false)
            .protocols(protocols(config.httpVersion()))
            .connectionPool(connections);
    new ClientTls(config).applyTo(builder);
    config.proxy().ifPresent(settings -> new ProxyRouting(settings).applyTo(builder));
    client = Suppliers.memoize(customization.apply(builder)::build);
  }

  /**
   * Sends one request and waits for the headers of its answer.
   *
   * @return to be closed by the caller
   */
  Exchange send(Request request, DeadlineScope deadline) throws IOException {
    Call call = client().newCall(withHeaders(request));
    calls.add(call);
    boolean answered = false;
    try {
      Response response = headers(call);
      // From now on the watch rules.
      response.body().source().timeout().clearTimeout();
      answered = true;
      Deadline body =
          deadline == DeadlineScope.WHOLE ? Deadline.start(call, bodyTimeout) : Deadline.none(call);
      return new Exchange(call, response, body, StallWatch.start(call, stallTimeout), calls);
    } finally {
      if (!answered) {
        calls.remove(call);
      }
    }
  }

  private OkHttpClient client() throws IOException {
    try {
      return client.get();
    } catch (Exception | AssertionError e) {
      // Kotlin declares no exceptions: a trust store that cannot be read comes out as it is.
      throw new IOException("the HTTP client cannot be made: " + e, e);
    }
  }

  private Request withHeaders(Request request) {
    return request
        .newBuilder()
        // OkHttp would ask for gzip by itself, and the bytes would not be those of the digest.
        .header("Accept-Encoding", "identity")
        .header("User-Agent", userAgent)
        .build();
  }

  private Response headers(Call call) throws IOException {
    Deadline deadline = Deadline.start(call, headerTimeout);
    try {
      Response response = execute(call);
      deadline.stop();
      if (deadline.hasExpired()) {
        // In the very last moment: the call is cancelled, and the body with it.
        response.close();
        throw new CallEndedException("too late");
      }
      return response;
    } catch (IOException e) {
      throw Exchange.explain(e, call, deadline);
    } finally {
      deadline.stop();
    }
  }

  private static Response execute(Call call) throws IOException {
    try {
      return call.execute();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      // Kotlin declares no exceptions: an interruption while connecting comes out as it is.
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("interrupted");
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  /** Calls whose answers have not been closed yet. */
  int openCalls() {
    return calls.count();
  }

  @Override
  public void close() {
    calls.endAll();
    connections.evictAll();
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? other : one;
  }

  private static List<Protocol> protocols(HttpVersion version) {
    return switch (version) {
      case HTTP_1_1 -> List.of(Protocol.HTTP_1_1);
      case HTTP_2 -> List.of(Protocol.HTTP_2, Protocol.HTTP_1_1);
    };
  }
}
