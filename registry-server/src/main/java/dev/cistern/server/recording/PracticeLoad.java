package dev.cistern.server.recording;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.SocketFactory;

/**
 * What clients ask for: each thing once, for the classes, or for a while, for what the compiler
 * learns. Most of what a cache is asked for is a manifest or a small blob that it has.
 */
public final class PracticeLoad {

  private static final int OK = 200;
  private static final int PARTIAL = 206;
  private static final int NOT_FOUND = 404;
  private static final int CLIENTS = 4;
  private static final int ROUND = 64;

  private final Practice practice;
  private final InetSocketAddress server;
  private final SocketFactory sockets;

  /**
   * @param server that has the practice as its upstream
   * @param sockets as the server speaks
   */
  public PracticeLoad(Practice practice, InetSocketAddress server, SocketFactory sockets) {
    this.practice = practice;
    this.server = server;
    this.sockets = sockets;
  }

  /** Each request twice: what is cold first, is a hit then. */
  public void once() throws IOException {
    try (PracticeClient client = new PracticeClient(server, sockets)) {
      for (int round = 0; round < 2; round++) {
        expect(OK, client.get("/v2/"));
        expect(NOT_FOUND, client.get(practice.absent()));
        expect(OK, client.head(practice.tag()));
        expect(OK, client.get(practice.tag()));
        hits(client);
      }
    }
  }

  private void hits(PracticeClient client) throws IOException {
    expect(OK, client.get(practice.manifest()));
    expect(OK, client.get(practice.small()));
    expect(OK, client.get(practice.large()));
    expect(PARTIAL, client.get(practice.large(), "Range: bytes=1000-20000"));
  }

  /** Several clients at once, for at least this time. */
  public void during(Duration time) throws IOException {
    long end = System.nanoTime() + time.toNanos();
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        int first = i;
        running.add(
            clients.submit(
                () -> {
                  client(first, end);
                  return null;
                }));
      }
      for (Future<?> client : running) {
        client.get();
      }
    } catch (ExecutionException e) {
      throw new IOException("A client of the recording failed: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("The recording was interrupted", e);
    } finally {
      clients.shutdownNow();
    }
  }

  private void client(int first, long end) throws IOException {
    List<String> others = practice.others();
    try (PracticeClient client = new PracticeClient(server, sockets)) {
      for (int round = first; System.nanoTime() - end < 0; round++) {
        for (int i = 0; i < ROUND; i++) {
          expect(OK, client.get(i % 4 == 0 ? practice.small() : practice.manifest()));
        }
        expect(OK, client.get(practice.tag()));
        expect(OK, client.head(practice.manifest()));
        // At first a miss.
        expect(OK, client.get(others.get(round % others.size())));
        if (round % 4 == 0) {
          hits(client);
          expect(NOT_FOUND, client.get(practice.absent()));
        }
      }
    }
  }

  private static void expect(int status, int answered) throws IOException {
    if (answered != status) {
      throw new IOException("Expected the status " + status + ", got " + answered);
    }
  }
}
