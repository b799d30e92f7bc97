package dev.cistern.proxy.internal.cluster;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.PeerOutcome;
import dev.cistern.proxy.internal.cluster.PeerFailure.Kind;
import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import dev.cistern.proxy.peer.PeerAnswer;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.UpstreamException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Asks a peer and waits for its answer, as {@link Silence} says, on a thread that may block.
 * Thread-safe.
 */
final class PeerRequests {

  private final PeerHttp http;
  private final Silence.Patience patience;
  private final CacheListener listener;

  PeerRequests(PeerHttp http, Silence.Patience patience, CacheListener listener) {
    this.http = http;
    this.patience = patience;
    this.listener = listener;
  }

  /**
   * The upstream that a request is for.
   *
   * @param name for messages
   * @param identity for the peer, which must have the same one
   */
  record Meant(String name, String identity) {}

  /** The headers of an answer that counts, and its body. */
  record Answer(HttpResponse<PeerBody> response, PeerAnswer said, Silence silence) {

    int status() {
      return response.statusCode();
    }

    Optional<String> header(String name) {
      return response.headers().firstValue(name);
    }

    PeerBody body() {
      return response.body();
    }
  }

  /**
   * Sends a request for something.
   *
   * @param path after {@code /v2/}
   * @param from the bytes to ask for
   * @param meant the upstream that the path is for
   * @return an answer with status 200 or 206
   * @throws PeerFailure when another source must be asked
   * @throws UpstreamException when the upstream has answered, by the peer
   */
  Answer ask(Peer peer, String method, String path, ResumePoint from, Target target, Meant meant)
      throws PeerFailure, UpstreamException {
    Silence silence =
        new Silence(
            peer, () -> http.head(peer, path, meant.identity()), patience, UpstreamWork.forPeer());
    HttpResponse<PeerBody> response;
    try {
      response =
          send(
              peer,
              number -> http.send(peer, method, path, from, meant.identity(), number),
              silence);
      silence.answered();
    } catch (PeerFailure e) {
      ended(peer, PeerOutcome.FAILED, 0);
      throw e;
    }
    Answer answer = new Answer(response, said(peer, response), silence);
    peer.answersRequests();
    if (answer.status() != 200 && answer.status() != 206) {
      http.leave(answer.body());
      throw refused(peer, answer, target, meant.name());
    }
    return answer;
  }

  /**
   * Sends once more when a connection breaks: the peer may have closed it because it was idle. With
   * a number of its own, since the peer may not have noticed yet that the first one ended.
   */
  private HttpResponse<PeerBody> send(
      Peer peer,
      Function<String, CompletableFuture<HttpResponse<PeerBody>>> request,
      Silence silence)
      throws PeerFailure {
    try {
      return await(peer, request, silence);
    } catch (PeerFailure e) {
      if (e.kind() != Kind.CONNECTION) {
        throw e;
      }
    }
    try {
      return await(peer, request, silence);
    } catch (PeerFailure e) {
      if (e.kind() != Kind.CONNECTION) {
        throw e;
      }
      peer.failed(e.reason());
      throw new PeerFailure(Kind.PEER, e.reason());
    }
  }

  private HttpResponse<PeerBody> await(
      Peer peer,
      Function<String, CompletableFuture<HttpResponse<PeerBody>>> request,
      Silence silence)
      throws PeerFailure {
    String number = http.nextNumber();
    silence.sent(number);
    CompletableFuture<HttpResponse<PeerBody>> response = request.apply(number);
    boolean answered = false;
    try {
      while (true) {
        try {
          HttpResponse<PeerBody> answer =
              response.get(Silence.LOOK.toMillis(), TimeUnit.MILLISECONDS);
          answered = true;
          return answer;
        } catch (TimeoutException e) {
          silence.lasts();
        }
      }
    } catch (ExecutionException e) {
      String reason = PeerHttp.reason(e.getCause());
      if (PeerHttp.isUnconnected(e.getCause())) {
        peer.failed(reason);
        throw new PeerFailure(Kind.PEER, reason);
      }
      throw new PeerFailure(Kind.CONNECTION, reason);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PeerFailure(Kind.GIVEN_UP, "the request was interrupted");
    } finally {
      if (!answered) {
        response.cancel(true);
        // It may have come just now. An answer that is not read keeps its connection.
        Future<?> unused = response.thenAccept(late -> late.body().cancel());
      }
    }
  }

  private PeerAnswer said(Peer peer, HttpResponse<PeerBody> response) throws PeerFailure {
    Optional<PeerAnswer> said = PeerHttp.said(response);
    if (said.isEmpty()) {
      String reason = PeerHttp.stranger(response);
      response.body().cancel();
      peer.failed(reason);
      ended(peer, PeerOutcome.FAILED, 0);
      throw new PeerFailure(Kind.PEER, reason);
    }
    return said.get();
  }

  /** A failure of the peer, thrown; or that of the upstream. */
  private UpstreamException refused(Peer peer, Answer answer, Target target, String upstream)
      throws PeerFailure {
    Optional<UpstreamException.Kind> kind = answer.said().failure();
    String reason = "it answered " + answer.status() + " (asked by peer " + peer.name() + ")";
    if (kind.isEmpty()) {
      // Its own affair: it may be shutting down, or its storage is in trouble.
      ended(peer, PeerOutcome.FAILED, 0);
      throw new PeerFailure(
          Kind.PEER,
          answer.status() == 404
              ? reason + "; perhaps it has another upstream than " + upstream + " for this name"
              : reason);
    }
    boolean limited = answer.status() == 429;
    boolean counts =
        limited
            || switch (kind.get()) {
              // The credentials of the peer may be in trouble where those here are not.
              case ABSENT -> true;
              default -> false;
            };
    ended(peer, counts ? PeerOutcome.ANSWERED : PeerOutcome.UPSTREAM_FAILED, 0);
    if (!counts) {
      throw new PeerFailure(Kind.UPSTREAM, reason);
    }
    UpstreamException.Builder failure =
        UpstreamException.builder(
                kind.get(), answer.said().code().orElseThrow(), upstream, target, reason)
            .status(answer.status());
    if (limited) {
      failure.retryAfter(answer.header("Retry-After").flatMap(PeerRequests::seconds));
    }
    return failure.build();
  }

  private static Optional<Duration> seconds(String text) {
    return text.matches("[0-9]{1,9}")
        ? Optional.of(Duration.ofSeconds(Long.parseLong(text)))
        : Optional.empty();
  }

  /** A request has ended. */
  void ended(Peer peer, PeerOutcome outcome, long bytes) {
    peer.asked(outcome);
    listener.peerAsked(peer.name(), outcome, bytes);
  }
}
