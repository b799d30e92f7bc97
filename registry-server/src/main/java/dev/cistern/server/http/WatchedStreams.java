package dev.cistern.server.http;

import io.undertow.server.HttpServerExchange;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * The requests of HTTP/2 on one connection. Written by its I/O thread, and read by the thread that
 * looks for connections to close.
 */
final class WatchedStreams {

  private final Progress connection;
  private final LongSupplier nanoTime;
  private final AtomicInteger requests = new AtomicInteger();
  private final Map<Integer, WatchedStream> answers = new ConcurrentHashMap<>();
  private final AtomicInteger cut = new AtomicInteger();

  // Of the request which Undertow hands on next; used by the I/O thread.
  private int stream;
  private IntSupplier initialWindow = () -> 0;
  private Runnable endBody = () -> {};

  /**
   * @param connection what is sent on the connection
   */
  WatchedStreams(Progress connection, LongSupplier nanoTime) {
    this.connection = connection;
    this.nanoTime = nanoTime;
  }

  /**
   * A request has arrived.
   *
   * @return how many are in progress now
   */
  int requestBegins() {
    return requests.incrementAndGet();
  }

  boolean isAnyInProgress() {
    return requests.get() > 0;
  }

  /**
   * A request has been answered.
   *
   * @return how many are in progress now
   */
  int requestEnds() {
    return requests.decrementAndGet();
  }

  /**
   * A request has arrived on this stream: what is called next is for it.
   *
   * @param initialWindow how many bytes of an answer the client takes at first
   * @param endBody tells the client that the rest of its body is not wanted
   */
  void begin(int id, IntSupplier initialWindow, Runnable endBody) {
    stream = id;
    this.initialWindow = initialWindow;
    this.endBody = endBody;
  }

  /** Resets the stream of the request without an error after the answer (RFC 9113 §8.1). */
  void ignoreBody(HttpServerExchange exchange) {
    Runnable end = endBody;
    exchange.addExchangeCompleteListener(
        (completed, next) -> {
          end.run();
          next.proceed();
        });
  }

  /** Watches the answer to the request. */
  void watch(HttpServerExchange exchange) {
    int id = stream;
    answers.put(id, new WatchedStream(exchange, initialWindow, nanoTime));
    exchange.addExchangeCompleteListener(
        (completed, next) -> {
          answers.remove(id);
          next.proceed();
        });
  }

  /** The client takes back the request that it sent on this stream. */
  void reset(int id) {
    WatchedStream reset = answers.get(id);
    if (reset != null) {
      reset.clientLeft();
    }
  }

  /** The client takes so many bytes more of the answer on this stream. */
  void open(int id, int bytes) {
    WatchedStream opened = answers.get(id);
    if (opened != null) {
      opened.open(bytes);
    }
  }

  /** For how many nanoseconds one of the answers has waited for the client, at most. */
  long waitingFor(long now) {
    long waiting = 0;
    for (WatchedStream answer : answers.values()) {
      waiting = Math.max(waiting, answer.waitingFor(now, connection));
    }
    return waiting;
  }

  /** How many buffers are held, roughly, by answers that the client does not take. */
  int buffersHeld(long now) {
    int held = cut.get();
    for (WatchedStream answer : answers.values()) {
      if (answer.blockedFor(now) > 0) {
        held++;
      }
    }
    return held;
  }

  /**
   * Ends answers that the client has not taken anything of for too long.
   *
   * @return whether the whole connection should be closed, as its client takes nothing of any
   */
  boolean cut(long now, long most) {
    if (answers.isEmpty()) {
      return false;
    }
    List<Map.Entry<Integer, WatchedStream>> overdue =
        answers.entrySet().stream()
            .filter(stream -> stream.getValue().waitingFor(now, connection) > most)
            .toList();
    if (overdue.isEmpty() || overdue.size() >= answers.size()) {
      return !overdue.isEmpty();
    }
    for (Map.Entry<Integer, WatchedStream> each : overdue) {
      answers.remove(each.getKey());
      cut.incrementAndGet();
      each.getValue().cut();
    }
    return false;
  }
}
