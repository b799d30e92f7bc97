package dev.cistern.proxy.internal.cluster;

import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import dev.cistern.proxy.internal.tls.TrustedIssuers;
import dev.cistern.proxy.peer.PeerAnswer;
import dev.cistern.proxy.peer.PeerSignature;
import dev.cistern.proxy.peer.PeerWork;
import dev.cistern.proxy.peer.Peers;
import dev.cistern.proxy.upstream.ResumePoint;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Sends signed requests to peers. No thread waits for an answer, and a request can be cancelled at
 * any time. Follows no redirects and uses no HTTP proxy. Thread-safe.
 */
final class PeerHttp implements AutoCloseable {

  private static final int THREADS = 4;

  private final PeerSignature signature;
  private final String prefix;
  private final Duration answerTimeout;
  private final ExecutorService threads;
  private final HttpClient client;

  /** Not from 1 on: peers may still work on requests of a process before, of the same name. */
  private final AtomicLong numbers =
      new AtomicLong(ThreadLocalRandom.current().nextLong(1_000_000_000_000L));

  /**
   * A peer works.
   *
   * @param requests the numbers of the requests of this cache that it works on; empty if it does
   *     not say, as a version before the header does not, or not all of them
   */
  record Working(PeerAnswer said, Optional<Set<String>> requests) {}

  PeerHttp(Peers peers, ThreadFactory factory) {
    signature = peers.signature();
    prefix = peers.prefix();
    answerTimeout = peers.answerTimeout();
    threads = Executors.newFixedThreadPool(THREADS, factory);
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(HttpClient.Builder.NO_PROXY)
            .connectTimeout(answerTimeout)
            .executor(threads);
    if (!peers.trustedIssuers().isEmpty()) {
      builder.sslContext(trusting(peers));
    }
    client = builder.build();
  }

  private static SSLContext trusting(Peers peers) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {TrustedIssuers.with(peers.trustedIssuers())}, null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("this Java runtime does not support the configured TLS", e);
    }
  }

  /** The name of this cache. */
  String node() {
    return signature.node();
  }

  /** A number for a request, which no other request of this cache has. */
  String nextNumber() {
    return Long.toString(numbers.incrementAndGet());
  }

  /**
   * Sends a request.
   *
   * @param path after {@code /v2/}
   * @param from the bytes to ask for
   * @param upstream the identity of the upstream that the path is for
   * @param number by which the peer says that it works on the request
   * @return completes with the headers of the answer; cancel it to end the request
   */
  CompletableFuture<HttpResponse<PeerBody>> send(
      Peer peer, String method, String path, ResumePoint from, String upstream, String number) {
    HttpRequest.Builder request = request(peer, method, path);
    request.header(PeerSignature.UPSTREAM_HEADER, upstream);
    request.header(PeerWork.REQUEST_HEADER, number);
    request.header(
        "Via",
        Stream.concat(UpstreamWork.passed().stream(), Stream.of(node()))
            .map(cache -> "1.1 " + cache)
            .collect(Collectors.joining(", ")));
    if (from.position() > 0 || from.end().isPresent()) {
      request.header("Range", range(from));
    }
    return send(request.build(), info -> new PeerBody());
  }

  private static String range(ResumePoint from) {
    String first = "bytes=" + from.position() + "-";
    return from.end().isPresent() ? first + (from.end().getAsLong() - 1) : first;
  }

  private <V> CompletableFuture<HttpResponse<V>> send(
      HttpRequest request, HttpResponse.BodyHandler<V> body) {
    try {
      return client.sendAsync(request, body);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(new IOException("the cache is closed", e));
    }
  }

  private HttpRequest.Builder request(Peer peer, String method, String path) {
    String target = prefix + "/v2/" + path;
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(peer.address() + target));
    if (method.equals("GET")) {
      // The other way, JDK 17 adds Content-Length: 0.
      request.GET();
    } else {
      request.method(method, HttpRequest.BodyPublishers.noBody());
    }
    return request
        .header("Accept", "*/*")
        .header(PeerSignature.HEADER, signature.sign(method, target));
  }

  /** Asks whether a cache of the cluster answers, and what it works on. */
  CompletableFuture<Working> ping(Peer peer) {
    return inTime(
        request(peer, "GET", ""),
        answer -> {
          if (answer.statusCode() == 200 && said(answer).isPresent()) {
            Optional<String> requests = answer.headers().firstValue(PeerWork.WORKING_HEADER);
            return new Working(said(answer).get(), requests.flatMap(PeerWork::parse));
          }
          throw new CompletionException(new IOException(stranger(answer)));
        });
  }

  /**
   * Asks for the headers of something that a peer did not answer in time.
   *
   * @param path after {@code /v2/}
   * @param upstream the identity of the upstream that the path is for
   * @return completes with any answer of the peer, also with an error
   */
  CompletableFuture<Working> head(Peer peer, String path, String upstream) {
    return inTime(
        request(peer, "HEAD", path).header(PeerSignature.UPSTREAM_HEADER, upstream),
        answer ->
            new Working(
                said(answer)
                    .orElseThrow(() -> new CompletionException(new IOException(stranger(answer)))),
                Optional.empty()));
  }

  private <V> CompletableFuture<V> inTime(
      HttpRequest.Builder request, Function<HttpResponse<Void>, V> result) {
    CompletableFuture<HttpResponse<Void>> sent =
        send(request.timeout(answerTimeout).build(), HttpResponse.BodyHandlers.discarding());
    return sent.thenApply(result)
        // The timeout of a request ends with the headers, and the body may never end.
        .orTimeout(answerTimeout.toNanos(), TimeUnit.NANOSECONDS)
        .whenComplete((said, failure) -> sent.cancel(true));
  }

  /**
   * Reads a body that is not needed to its end, so that its connection can be used again. One that
   * does not end in time is cancelled.
   */
  void leave(PeerBody body) {
    CompletableFuture.delayedExecutor(answerTimeout.toNanos(), TimeUnit.NANOSECONDS, threads)
        .execute(body::cancel);
  }

  /** What a peer says about its answer; empty if this is no answer of a peer. */
  static Optional<PeerAnswer> said(HttpResponse<?> answer) {
    return answer.headers().firstValue(PeerSignature.HEADER).flatMap(PeerAnswer::parse);
  }

  /** Why an answer does not count. */
  static String stranger(HttpResponse<?> answer) {
    if (said(answer).isPresent()) {
      return "it answered "
          + answer.statusCode()
          + " to the question whether it works: perhaps its disk hangs";
    }
    return answer.statusCode() == 403
        ? "it answered 403: its log says why, perhaps it has another proxy.peers.secret"
        : "it answered "
            + answer.statusCode()
            + " without the header "
            + PeerSignature.HEADER
            + ": it is no Cistern with proxy.peers";
  }

  /** A failure as a text for people. */
  static String reason(@Nullable Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof HttpTimeoutException || cause instanceof TimeoutException) {
      return "it does not answer in time";
    }
    if (cause instanceof ConnectException) {
      return "no connection";
    }
    return cause == null || cause.getMessage() == null ? String.valueOf(cause) : cause.getMessage();
  }

  /** Whether there was no connection, so that another one is not worth a try. */
  static boolean isUnconnected(@Nullable Throwable failure) {
    return failure instanceof ConnectException || failure instanceof HttpTimeoutException;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
