package dev.cistern.server.http;

import dev.cistern.api.ErrorBody;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.Requester;
import io.undertow.io.IoCallback;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import io.undertow.util.Protocols;
import io.undertow.util.SameThreadExecutor;
import io.undertow.util.StatusCodes;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.IoUtils;

/** How answers get onto the wire: the step to the I/O thread, small bodies and errors. */
public final class Answers {

  private static final Logger log = LoggerFactory.getLogger(Answers.class);

  /** Up to this size, in bytes, a body is sent together with the headers. */
  private static final int WITH_HEADERS = 4 << 10;

  // For the whole process, as the heap is.
  private static final LargeBodies LARGE_BODIES = bodies(8, 0);
  private static final LargeBodies SMALL_BODIES = bodies(16, 8);
  private static final LargeBodies MADE_BODIES = bodies(8, 0);

  /** For the whole process, as the heap is. */
  private static final PendingAnswer.Limits WAITING =
      new PendingAnswer.Limits(Capacity.ofProcess().waitingRequests());

  private Answers() {}

  /**
   * @param part of the heap, before clients are cut off that have had some time
   * @param atAnyRate of the heap, before any are; 0: never
   */
  private static LargeBodies bodies(int part, int atAnyRate) {
    long heap = Runtime.getRuntime().maxMemory();
    return new LargeBodies(
        heap / part, atAnyRate == 0 ? Long.MAX_VALUE : heap / atAnyRate, System::nanoTime);
  }

  /** Asks the cache for something. Does not block. */
  @FunctionalInterface
  public interface Question<V> {
    /**
     * The answer, now or later.
     *
     * @param requester the client, for any thread; that it leaves is noticed while it waits
     */
    CompletionStage<V> ask(Requester requester) throws RegistryException;
  }

  /**
   * Asks, and answers on the exchange's I/O thread: at once where the answer is in memory, so that
   * such a request is done on the thread and in the turn that it came in; else when it is there.
   * Holds no thread in between. When too many requests wait, some are refused. Call on the I/O
   * thread.
   */
  public static <V> void answer(
      HttpServerExchange exchange, Question<V> question, Consumer<V> onAnswer) {
    answer(exchange, question, onAnswer, unused -> {});
  }

  /**
   * As above, with an answer that must be closed.
   *
   * @param discard gets the answer when the client has left; on any thread
   */
  static <V> void answer(
      HttpServerExchange exchange,
      Question<V> question,
      Consumer<V> onAnswer,
      Consumer<V> discard) {
    ExchangeRequester requester = new ExchangeRequester(exchange);
    CompletableFuture<V> answer = ask(question, requester);
    // A stream can be reset while its answer is sent; a connection tells nothing more by then.
    if (!answer.isDone() || isStream(exchange)) {
      requester.attach(exchange);
    }
    if (answer.isDone()) {
      CompletableFuture<V> unused =
          answer.whenComplete((value, failure) -> settle(exchange, value, failure, onAnswer));
      return;
    }
    exchange.dispatch(
        SameThreadExecutor.INSTANCE,
        () ->
            PendingAnswer.await(
                WAITING,
                exchange,
                answer,
                (value, failure) -> settle(exchange, value, failure, onAnswer),
                discard));
  }

  private static <V> CompletableFuture<V> ask(Question<V> question, Requester requester) {
    try {
      return question.ask(requester).toCompletableFuture();
    } catch (RegistryException | RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static <V> void settle(
      HttpServerExchange exchange, V value, @Nullable Throwable failure, Consumer<V> onAnswer) {
    if (failure != null) {
      fail(exchange, failure);
      return;
    }
    try {
      onAnswer.accept(value);
    } catch (RuntimeException | Error e) {
      // Every kind, because a stage takes an Error, and the client would get an empty answer.
      fail(exchange, e);
    }
  }

  /** Sends a whole body; for HEAD its headers alone. */
  static void send(HttpServerExchange exchange, String contentType, ByteBuffer body) {
    int size = body.remaining();
    exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, contentType);
    exchange.setResponseContentLength(size);
    if (isHead(exchange)) {
      exchange.endExchange();
      return;
    }
    sendBody(exchange, body);
    // Most bodies are in the socket now.
    if (!exchange.isResponseComplete()) {
      LargeBodies bodies = size >= LargeBodies.LARGE ? LARGE_BODIES : SMALL_BODIES;
      closeWhenSent(exchange, bodies.hold(size, new CutAnswer(exchange)));
    }
  }

  private static void sendBody(HttpServerExchange exchange, ByteBuffer body) {
    if (body.remaining() > WITH_HEADERS && !isStream(exchange)) {
      BodySender.send(exchange, body);
    } else {
      exchange.getResponseSender().send(body, IoCallback.END_EXCHANGE);
    }
  }

  private static void closeWhenSent(HttpServerExchange exchange, LargeBodies.Body body) {
    exchange.addExchangeCompleteListener(
        (done, next) -> {
          body.close();
          next.proceed();
        });
  }

  /**
   * Makes a body for this client alone, and sends it; for HEAD its headers alone. It is not made
   * when those of other clients take too much memory.
   *
   * @param most how long it may become, in bytes
   */
  static void send(
      HttpServerExchange exchange, String contentType, int most, Supplier<ByteBuffer> body) {
    LargeBodies.Body place = MADE_BODIES.admit(most);
    if (place == null) {
      fail(exchange, new TooManyWaiting("Too many lists are being sent; try again later"));
      return;
    }
    boolean waits = false;
    try {
      ByteBuffer made = body.get();
      exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, contentType);
      exchange.setResponseContentLength(made.remaining());
      if (isHead(exchange)) {
        exchange.endExchange();
        return;
      }
      sendBody(exchange, made);
      waits = !exchange.isResponseComplete();
    } finally {
      if (waits) {
        place.waitsFor(new CutAnswer(exchange));
        closeWhenSent(exchange, place);
      } else {
        place.close();
      }
    }
  }

  /** Tells the client that it has this content (RFC 9110 §15.4.5). */
  static void notModified(HttpServerExchange exchange) {
    exchange.setStatusCode(StatusCodes.NOT_MODIFIED);
    exchange.endExchange();
  }

  private static boolean isStream(HttpServerExchange exchange) {
    return exchange.getProtocol().equals(Protocols.HTTP_2_0);
  }

  static boolean isHead(HttpServerExchange exchange) {
    return exchange.getRequestMethod().equals(io.undertow.util.Methods.HEAD);
  }

  /** Answers with the failure as the specification's error body. The one place that does. */
  public static void fail(HttpServerExchange exchange, Throwable failure) {
    RegistryException cause = asRegistryException(failure);
    if (exchange.isResponseStarted()) {
      Outcome.cut(exchange, cause);
      // Ending it would make what has been sent look like all there is.
      IoUtils.safeClose(exchange.getConnection());
      exchange.endExchange();
      return;
    }
    Outcome.failed(exchange, cause);
    exchange.setStatusCode(cause.code().status());
    cause
        .retryAfter()
        .ifPresent(
            wait -> exchange.getResponseHeaders().put(Headers.RETRY_AFTER, wholeSeconds(wait)));
    send(exchange, RegistryHeaders.JSON, ByteBuffer.wrap(ErrorBody.json(cause)));
  }

  private static long wholeSeconds(Duration wait) {
    return Math.max(1, wait.plusNanos(999_999_999).toSeconds());
  }

  /**
   * Passes an {@link OutOfMemoryError} on to who handles those that end a thread. Caught by the
   * stages of a request, it would else leave a process that fails all requests and does not end.
   * Memory outside of the heap is bounded for each use of it, so without it only this request
   * fails.
   */
  private static void endIfOutOfMemory(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof OutOfMemoryError && isOfHeap(cause)) {
        Thread thread = Thread.currentThread();
        thread.getUncaughtExceptionHandler().uncaughtException(thread, cause);
        return;
      }
    }
  }

  private static boolean isOfHeap(Throwable outOfMemory) {
    String message = String.valueOf(outOfMemory.getMessage());
    return message.contains("heap space") || message.contains("GC overhead");
  }

  private static RegistryException asRegistryException(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    endIfOutOfMemory(failure);
    if (cause instanceof RegistryException known) {
      return known;
    }
    log.error("A request failed for a reason that is a fault of the cache", cause);
    return new RegistryException(
        ErrorCode.UNKNOWN, "The cache failed on this request; its log says why", cause);
  }
}
