package dev.cistern.proxy.upstream.http;

import com.google.common.base.Suppliers;
import dev.cistern.proxy.internal.concurrent.CallStop;
import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.Proxy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import okhttp3.Call;
import okhttp3.ConnectionPool;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;

/**
 * Makes single HTTP exchanges with deadlines, without redirects and authentication. Owns the
 * client, its connections and the calls in progress. It makes only blocking calls, on the caller's
 * thread; OkHttp's own threads are daemons.
 */
final class Transport implements Closeable {

  // Enough for the parallel layers of many pulls. Load balancers close connections that are idle
  // for longer.
  private static final int IDLE_CONNECTIONS = 64;
  private static final Duration IDLE_TIME = Duration.ofMinutes(2);

  private final ConnectionPool connections =
      new ConnectionPool(IDLE_CONNECTIONS, IDLE_TIME.toSeconds(), TimeUnit.SECONDS);

  // Made at first use, as its builder is: one reads the JDK's trusted issuers, the other loads all
  // providers of cryptography. Together, that takes a fifth of a server's start.
  private final Supplier<OkHttpClient> client;

  /** For requests that may be sent to public addresses alone; with its own connections. */
  private final Supplier<OkHttpClient> publicClient;

  private final ConnectionPool publicConnections =
      new ConnectionPool(IDLE_CONNECTIONS, IDLE_TIME.toSeconds(), TimeUnit.SECONDS);
  private final OpenCalls calls = new OpenCalls();
  private final Duration headerTimeout;
  private final Duration stallTimeout;
  private final Duration bodyTimeout;
  private final String userAgent;
  private final Optional<String> via;
  private final boolean publicOnly;

  Transport(
      UpstreamConfig config,
      UnaryOperator<OkHttpClient.Builder> customization,
      Predicate<InetAddress> isPrivate) {
    headerTimeout = config.headerTimeout();
    stallTimeout = config.stallTimeout();
    bodyTimeout = config.metadataTimeout();
    userAgent = config.userAgent();
    via = config.via();
    publicOnly = config.publicAddressesOnly();
    ClientTls tls = new ClientTls(config);
    client =
        Suppliers.memoize(
            () -> AnswerEnds.applyTo(customization.apply(builder(config, tls)).build()));
    publicClient =
        Suppliers.memoize(
            () ->
                client
                    .get()
                    .newBuilder()
                    .socketFactory(new PublicSockets(isPrivate))
                    .connectionPool(publicConnections)
                    .build());
  }

  private OkHttpClient.Builder builder(UpstreamConfig config, ClientTls tls) {
    InstantSource clock = config.clock();
    OkHttpClient.Builder builder =
        new OkHttpClient.Builder()
            .connectTimeout(config.connectTimeout())
            // Must not be shorter than the deadline, which applies while waiting for the headers.
            .readTimeout(longer(headerTimeout, stallTimeout))
            .socketFactory(new ReadAheadSockets())
            .followRedirects(false)
            .followSslRedirects(false)
            .protocols(protocols(config.httpVersion()))
            .addNetworkInterceptor(
                chain -> RetryAfter.readable(chain.proceed(chain.request()), clock.instant()))
            .connectionPool(connections);
    tls.applyTo(builder);
    config.proxy().ifPresent(settings -> new ProxyRouting(settings).applyTo(builder));
    return builder;
  }

  /** The tag of a request that may be sent to public addresses alone. */
  record PublicOnly() {}

  /**
   * Sends one request and waits for the headers of its answer.
   *
   * @return to be closed by the caller
   */
  Exchange send(Request request, DeadlineScope deadline) throws IOException {
    for (int left = IDLE_CONNECTIONS; ; left--) {
      try {
        return sendOnce(request, deadline);
      } catch (SpoiledConnectionException e) {
        // It is closed now. The next one may be idle too; in the end there is a new one.
        if (left == 0) {
          throw e;
        }
      }
    }
  }

  private Exchange sendOnce(Request request, DeadlineScope deadline) throws IOException {
    Call call = clientFor(request).newCall(withHeaders(request));
    calls.add(call);
    CallStop stop = UpstreamWork.stop();
    boolean answered = false;
    try {
      stop.waiting(call::cancel);
      Response response = headers(call);
      BodyLength.check(call, response);
      // From here on, StallWatch limits the time of reads.
      response.body().source().timeout().clearTimeout();
      answered = true;
      Deadline body =
          deadline == DeadlineScope.WHOLE ? Deadline.start(call, bodyTimeout) : Deadline.none(call);
      return new Exchange(call, response, body, StallWatch.start(call, stallTimeout), calls);
    } finally {
      stop.answered();
      if (!answered) {
        calls.remove(call);
      }
    }
  }

  private OkHttpClient clientFor(Request request) throws IOException {
    OkHttpClient general = created(client);
    OkHttpClient chosen =
        (publicOnly || request.tag(PublicOnly.class) != null)
                && mayBeDirect(proxies(general, request.url()))
            ? created(publicClient)
            : general;
    // OkHttp connects directly, and asks for no proxy, if the host is none for java.net.URI: a_b.
    return request.url().uri().getHost() == null
        ? chosen.newBuilder().proxy(proxies(general, request.url()).get(0)).build()
        : chosen;
  }

  private static OkHttpClient created(Supplier<OkHttpClient> client) throws IOException {
    try {
      return client.get();
    } catch (Exception | AssertionError e) {
      // Kotlin has no checked exceptions: the failure to read a trust store arrives unwrapped.
      throw new IOException("the HTTP client cannot be created: " + e, e);
    }
  }

  private static List<Proxy> proxies(OkHttpClient general, HttpUrl url) throws IOException {
    try {
      List<Proxy> proxies = general.proxySelector().select(url.uri());
      return proxies.isEmpty() ? List.of(Proxy.NO_PROXY) : proxies;
    } catch (RuntimeException e) {
      // Without the cause: its message may repeat the URL, which may be signed.
      throw new IOException(
          "no HTTP proxy can be chosen for "
              + Origins.name(url)
              + " ("
              + e.getClass().getSimpleName()
              + ")");
    }
  }

  /**
   * Whether this client may resolve the name, and not an HTTP proxy: with several choices it would
   * connect directly when a proxy fails.
   */
  private static boolean mayBeDirect(List<Proxy> proxies) {
    return proxies.stream().anyMatch(proxy -> proxy.type() == Proxy.Type.DIRECT);
  }

  private Request withHeaders(Request request) {
    Request.Builder sent = request.newBuilder();
    via.ifPresent(name -> sent.header("Via", via(name)));
    return sent
        // OkHttp would request gzip, and the bytes would not match the digest.
        .header("Accept-Encoding", "identity")
        .header("User-Agent", userAgent)
        .tag(Dialled.class, new Dialled())
        .tag(BodyReader.Tag.class, new BodyReader.Tag())
        .build();
  }

  /** The caches that the request has passed, and this one (RFC 9110, section 7.6.3). */
  private static String via(String name) {
    return Stream.concat(UpstreamWork.passed().stream(), Stream.of(name))
        .map(cache -> "1.1 " + cache)
        .collect(Collectors.joining(", "));
  }

  private Response headers(Call call) throws IOException {
    Deadline deadline = Deadline.start(call, headerTimeout);
    try {
      Response response = execute(call);
      deadline.stop();
      if (deadline.hasExpired()) {
        // The deadline expired just now and has cancelled the call.
        response.close();
        throw new CallEndedException("the deadline expired");
      }
      return response;
    } catch (PrivateAddressException e) {
      throw PrivateAddressException.of(call.request());
    } catch (IOException e) {
      throw Exchange.explain(Secrets.sentWith(call.request()).redactFrom(e), call, deadline);
    } catch (RuntimeException e) {
      // It may still hold a connection.
      call.cancel();
      throw Exchange.unreadable(e);
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
      // Kotlin has no checked exceptions: an interruption while connecting arrives unwrapped.
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("interrupted");
      interrupted.initCause(e);
      throw interrupted;
    }
  }

  /** How many answers are not closed yet. */
  int openCalls() {
    return calls.count();
  }

  @Override
  public void close() {
    calls.endAll();
    connections.evictAll();
    publicConnections.evictAll();
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
