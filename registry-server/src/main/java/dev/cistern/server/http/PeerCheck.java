package dev.cistern.server.http;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.Printable;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.event.CacheStatus;
import dev.cistern.proxy.peer.PeerAnswer;
import dev.cistern.proxy.peer.PeerSignature;
import dev.cistern.proxy.peer.PeerWork;
import dev.cistern.proxy.upstream.UpstreamException;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.AttachmentKey;
import io.undertow.util.HttpString;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the requests of the other servers of a cluster from those of clients, by their signature. A
 * signature that is wrong is refused, and never taken for an ordinary client: its sender would pass
 * the request on without end. The signature takes the place of the network and the login of a
 * client, and such a request is in neither the access log nor the metrics of clients.
 */
public final class PeerCheck implements HttpHandler {

  private static final Logger log = LoggerFactory.getLogger(PeerCheck.class);

  /** How often the log says that requests were refused. */
  private static final long REPORTED = Duration.ofMinutes(1).toNanos();

  /**
   * How long to wait for the disk before this server says that it does not work. Less than a peer
   * waits for the answer, so that its log has the reason.
   */
  private static final Duration DISK = Duration.ofMillis(1500);

  private static final HttpString HEADER = new HttpString(PeerSignature.HEADER);
  private static final HttpString UPSTREAM = new HttpString(PeerSignature.UPSTREAM_HEADER);
  private static final HttpString REQUEST = new HttpString(PeerWork.REQUEST_HEADER);
  private static final HttpString WORKING = new HttpString(PeerWork.WORKING_HEADER);

  /** The name of this server, for its answer to a peer. */
  private static final AttachmentKey<String> NODE = AttachmentKey.create(String.class);

  /** Gets the requests of peers for content when they have ended. */
  @FunctionalInterface
  public interface Listener {

    /**
     * A request has ended.
     *
     * @param status 403 also for one whose signature was refused
     * @param bytes of the body that were sent
     */
    void peerAnswered(int status, long bytes);
  }

  private final PeerSignature signature;
  private final PeerWork work = new PeerWork();
  private final Listener listener;
  private final Supplier<CompletionStage<@Nullable Void>> disk;
  private final HttpHandler peers;
  private final HttpHandler clients;

  // Guarded by this.
  private long refused;
  private long lastReport = System.nanoTime() - REPORTED;

  /**
   * @param disk completes when the disk of the cache has answered
   * @param peers gets the requests of peers
   * @param clients gets all others
   */
  public PeerCheck(
      PeerSignature signature,
      Listener listener,
      Supplier<CompletionStage<@Nullable Void>> disk,
      HttpHandler peers,
      HttpHandler clients) {
    this.signature = signature;
    this.listener = listener;
    this.disk = disk;
    this.peers = peers;
    this.clients = clients;
  }

  @Override
  public void handleRequest(HttpServerExchange exchange) throws Exception {
    String header = exchange.getRequestHeaders().getFirst(HEADER);
    if (header == null) {
      clients.handleRequest(exchange);
      return;
    }
    boolean isQuestion = RequestTarget.path(exchange).endsWith("/v2/");
    if (!isQuestion) {
      exchange.addExchangeCompleteListener(
          (done, next) -> {
            listener.peerAnswered(done.getStatusCode(), done.getResponseBytesSent());
            next.proceed();
          });
    }
    String sender;
    try {
      sender =
          signature.verify(
              header, exchange.getRequestMethod().toString(), RequestTarget.pathAndQuery(exchange));
    } catch (RegistryException e) {
      report(exchange, e);
      Answers.fail(exchange, e);
      return;
    }
    exchange.putAttachment(NODE, signature.node());
    exchange.getResponseHeaders().put(HEADER, PeerAnswer.of(signature.node()).header());
    if (isQuestion) {
      exchange.getResponseHeaders().put(WORKING, work.of(sender));
      Answers.answer(exchange, unused -> diskAnswer(), answered -> pass(exchange));
    } else {
      begin(exchange, sender);
      peers.handleRequest(exchange);
    }
  }

  private void begin(HttpServerExchange exchange, String sender) {
    String number = exchange.getRequestHeaders().getFirst(REQUEST);
    if (number != null) {
      Runnable end = work.begin(sender, number);
      exchange.addExchangeCompleteListener(
          (done, next) -> {
            end.run();
            next.proceed();
          });
    }
  }

  /**
   * Without its disk this server answers no request for content, so it must not say that it works.
   */
  private CompletionStage<Boolean> diskAnswer() {
    return disk.get()
        .thenApply(answered -> true)
        .toCompletableFuture()
        .completeOnTimeout(false, DISK.toMillis(), TimeUnit.MILLISECONDS)
        .thenApply(
            answered -> {
              if (answered) {
                return true;
              }
              throw new CompletionException(
                  new RegistryException(
                      ErrorCode.UNAVAILABLE,
                      "The disk of this server has not answered for " + DISK.toMillis() + " ms"));
            });
  }

  private void pass(HttpServerExchange exchange) {
    try {
      peers.handleRequest(exchange);
    } catch (Exception e) {
      Answers.fail(exchange, e);
    }
  }

  private void report(HttpServerExchange exchange, RegistryException refusal) {
    long count;
    synchronized (this) {
      refused++;
      long now = System.nanoTime();
      if (now - lastReport < REPORTED) {
        return;
      }
      lastReport = now;
      count = refused;
      refused = 0;
    }
    log.warn(
        "Refused {} as of a peer; the last one came from {}: {}",
        count == 1 ? "1 request" : count + " requests",
        ClientAddress.of(exchange).map(address -> address.getHostAddress()).orElse("?"),
        refusal.getMessage());
  }

  /** Whether a request is that of a peer. */
  static boolean isPeer(HttpServerExchange exchange) {
    return exchange.getAttachment(NODE) != null;
  }

  /**
   * Refuses a request of a peer that means another upstream. This is no answer of the upstream, so
   * the peer asks elsewhere.
   *
   * @param upstream the one that this server has for the repository
   */
  static void requireUpstream(HttpServerExchange exchange, String upstream)
      throws RegistryException {
    String meant = exchange.getRequestHeaders().getFirst(UPSTREAM);
    if (meant != null && !meant.equals(upstream)) {
      throw new RegistryException(
          ErrorCode.NAME_UNKNOWN,
          "This server asks upstream %s for this repository, and the peer means %s; set the same upstreams on all servers"
              .formatted(upstream, Printable.quoted(meant)));
    }
  }

  /** Tells a peer how the cache came to the answer. */
  static void answered(HttpServerExchange exchange, CacheStatus status) {
    @Nullable String node = exchange.getAttachment(NODE);
    if (node != null) {
      exchange.getResponseHeaders().put(HEADER, PeerAnswer.of(node, status).header());
    }
  }

  /** Tells a peer whether the failure is the upstream's. */
  static void failed(HttpServerExchange exchange, RegistryException failure) {
    @Nullable String node = exchange.getAttachment(NODE);
    if (node != null && failure instanceof UpstreamException upstream) {
      exchange.getResponseHeaders().put(HEADER, PeerAnswer.of(node, upstream).header());
    }
  }
}
