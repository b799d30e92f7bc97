package dev.cistern.server.http;

import io.undertow.server.ExchangeCompletionListener;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A request that waits for its answer. Work that no client waits for any more may stay in a queue
 * for a while. So this forgets the request when it is over, and what is queued does not hold it.
 *
 * @param <V> the answer
 */
final class PendingAnswer<V> implements ExchangeCompletionListener {

  /** What a request holds without its headers, in bytes: it and its pull. */
  private static final int REQUEST = 6 << 10;

  /** What a header takes in memory besides its value, in bytes. */
  private static final int HEADER = 200;

  /** What counts of a request that waits for the same as another one, in bytes. */
  private static final int FOLLOWER = 1 << 10;

  /** The part of a follower's headers that its connection pays for, in bytes. */
  private static final int SMALL_HEADERS = 2 << 10;

  /** What requests that wait have in common. */
  static final class Limits {

    private final WaitingRequests waiting;

    /** What is waited for; of several requests for the same, one is responsible for it. */
    private final Set<String> targets = ConcurrentHashMap.newKeySet();

    /**
     * @param bytes how much memory the requests may hold
     */
    Limits(long bytes) {
      waiting = new WaitingRequests(bytes);
    }
  }

  private final Limits limits;
  private final Consumer<V> discard;
  private final String target;
  private boolean leads;

  // Null when the request is over, or was answered.
  private volatile @Nullable Waiting<V> waiting;

  private record Waiting<V>(
      HttpServerExchange exchange, BiConsumer<V, @Nullable Throwable> answer) {}

  private volatile WaitingRequests.@Nullable Place place;

  private PendingAnswer(Limits limits, Waiting<V> waiting, Consumer<V> discard) {
    this.limits = limits;
    this.waiting = waiting;
    this.discard = discard;
    target = waiting.exchange.getRequestPath();
    leads = limits.targets.add(target);
  }

  /**
   * Waits for an answer. Call on the I/O thread of the exchange, which must be dispatched.
   *
   * @param limits too many requests under the same limits are refused
   * @param onAnswer gets the answer, or why there is none; on that thread
   * @param discard gets the answer when the request is over; on any thread
   */
  static <V> void await(
      Limits limits,
      HttpServerExchange exchange,
      CompletionStage<V> stage,
      BiConsumer<V, @Nullable Throwable> onAnswer,
      Consumer<V> discard) {
    PendingAnswer<V> pending =
        new PendingAnswer<>(limits, new Waiting<>(exchange, onAnswer), discard);
    WaitingRequests.Place place =
        limits.waiting.add(
            ClientAddress.network(exchange), pending.size(exchange), pending::refuse);
    if (place == null) {
      pending.refuseNow();
    } else {
      pending.place = place;
      exchange.addExchangeCompleteListener(pending);
      ExchangeRequester.watch(exchange, place::clientLeft);
    }
    stage.whenComplete(pending::answered);
  }

  /** A follower causes no work of its own, and thousands may want the same blob. */
  private long size(HttpServerExchange exchange) {
    long headers = headers(exchange);
    return leads ? REQUEST + headers : Math.max(FOLLOWER, headers - SMALL_HEADERS);
  }

  private static long headers(HttpServerExchange exchange) {
    HeaderMap headers = exchange.getRequestHeaders();
    long size = 4L * exchange.getRequestURI().length();
    for (HeaderValues values : headers) {
      size += HEADER;
      for (String value : values) {
        size += value.length();
      }
    }
    return size;
  }

  private void answered(V value, @Nullable Throwable failure) {
    Waiting<V> current = waiting;
    if (current == null || !onIoThread(current, () -> answer(value, failure))) {
      discard(value, failure);
    }
  }

  private void answer(V value, @Nullable Throwable failure) {
    Waiting<V> taken = take();
    if (taken == null) {
      discard(value, failure);
    } else {
      ExchangeRequester.unwatch(taken.exchange);
      taken.answer.accept(value, failure);
    }
  }

  private void discard(V value, @Nullable Throwable failure) {
    if (failure == null) {
      discard.accept(value);
    }
  }

  /** On the I/O thread, which alone ends the wait. */
  private @Nullable Waiting<V> take() {
    Waiting<V> taken = waiting;
    waiting = null;
    if (leads) {
      leads = false;
      limits.targets.remove(target);
    }
    WaitingRequests.Place held = place;
    if (held != null) {
      held.close();
    }
    return taken == null || taken.exchange.isComplete() ? null : taken;
  }

  /** The request has lost its place. */
  private void refuse() {
    Waiting<V> current = waiting;
    if (current != null) {
      boolean unused = onIoThread(current, this::refuseNow);
    }
  }

  private void refuseNow() {
    Waiting<V> taken = take();
    if (taken != null) {
      ExchangeRequester.unwatch(taken.exchange);
      ExchangeRequester.leave(taken.exchange);
      // A connection that is kept takes memory too.
      taken.exchange.setPersistent(false);
      Answers.fail(taken.exchange, new TooManyWaiting());
    }
  }

  private static boolean onIoThread(Waiting<?> waiting, Runnable step) {
    try {
      waiting.exchange.getIoThread().execute(step);
      return true;
    } catch (RejectedExecutionException e) {
      // The listener was closed.
      return false;
    }
  }

  /** The exchange is over: its connection may have been closed. */
  @Override
  public void exchangeEvent(HttpServerExchange exchange, NextListener next) {
    Waiting<V> unused = take();
    ExchangeRequester.leave(exchange);
    next.proceed();
  }
}
