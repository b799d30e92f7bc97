package dev.cistern.proxy.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.testing.Await;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;

/** No wake-up is lost or sent twice, however the writer and its readers interleave. */
class FetchProgressStressTest {

  private static final int READERS = 8;
  private static final int SIZE = 2_000;

  private record Registration(boolean waiting, AtomicInteger calls) {}

  private final FetchProgress progress = new FetchProgress();
  private final ExecutorService threads = Executors.newFixedThreadPool(READERS + 1);
  private final CountDownLatch start = new CountDownLatch(READERS + 1);

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  private void meet() {
    start.countDown();
    Await.latch(start);
  }

  @RepeatedTest(20)
  void everyWaiterIsCalledExactlyOnceOrNeverRegistered() {
    List<CompletableFuture<List<Registration>>> readers = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      Random random = new Random(i);
      readers.add(CompletableFuture.supplyAsync(() -> registerAnywhere(random), threads));
    }
    CompletableFuture<Void> writer =
        CompletableFuture.runAsync(
            () -> {
              meet();
              for (int position = 1; position <= SIZE; position++) {
                progress.advance(position);
              }
            },
            threads);

    Await.value(writer);
    List<Registration> registrations = new ArrayList<>();
    readers.forEach(reader -> registrations.addAll(Await.value(reader)));
    progress.complete(SIZE);

    assertThat(registrations)
        .allSatisfy(
            registration -> assertThat(registration.calls).hasValue(registration.waiting ? 1 : 0));
  }

  @RepeatedTest(20)
  void noWakeUpIsLostWhenSeveralWritersBringPieces() {
    List<CompletableFuture<Long>> ends = new ArrayList<>();
    for (int i = 0; i < READERS - 3; i++) {
      CompletableFuture<Long> end = new CompletableFuture<>();
      ends.add(end);
      long start = (long) i * SIZE / READERS;
      threads.execute(
          () -> {
            meet();
            follow(start, end);
          });
    }
    List<CompletableFuture<Void>> writers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int first = i;
      writers.add(
          CompletableFuture.runAsync(
              () -> {
                meet();
                for (int piece = first * 20; piece < SIZE; piece += 80) {
                  for (int position = piece; position < piece + 20; position++) {
                    progress.add(position, position + 1);
                  }
                }
              },
              threads));
    }
    writers.forEach(Await::value);

    assertThat(progress.visible()).isEqualTo(SIZE);
    progress.complete(SIZE);
    assertThat(ends).allSatisfy(end -> assertThat(Await.value(end)).isEqualTo(SIZE));
  }

  private List<Registration> registerAnywhere(Random random) {
    meet();
    List<Registration> registrations = new ArrayList<>();
    for (int i = 0; i < SIZE; i++) {
      AtomicInteger calls = new AtomicInteger();
      boolean waiting = progress.whenAvailable(random.nextInt(SIZE), calls::incrementAndGet);
      registrations.add(new Registration(waiting, calls));
    }
    return registrations;
  }

  @RepeatedTest(20)
  void readersThatFollowFromWakeToWakeAllReachTheEnd() {
    List<CompletableFuture<Long>> ends = followers();
    threads.execute(
        () -> {
          meet();
          for (int position = 1; position < SIZE; position++) {
            progress.advance(position);
          }
          progress.complete(SIZE);
        });

    assertThat(ends).allSatisfy(end -> assertThat(Await.value(end)).isEqualTo(SIZE));
  }

  /** Readers that begin with the writer. Each completes with the position of its end. */
  private List<CompletableFuture<Long>> followers() {
    List<CompletableFuture<Long>> ends = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      CompletableFuture<Long> end = new CompletableFuture<>();
      ends.add(end);
      threads.execute(
          () -> {
            meet();
            follow(0, end);
          });
    }
    return ends;
  }

  /** On whichever thread there is something to do, as a server's connections do. */
  private void follow(long from, CompletableFuture<Long> end) {
    long position = from;
    try {
      while (true) {
        long available = progress.available(position);
        if (available < 0) {
          end.complete(position);
          return;
        }
        position += available;
        long next = position;
        if (available == 0 && progress.whenAvailable(position, () -> follow(next, end))) {
          return;
        }
      }
    } catch (IOException e) {
      end.completeExceptionally(e);
    }
  }

  @RepeatedTest(20)
  void aFailureReachesEveryReader() {
    List<CompletableFuture<Long>> ends = followers();
    threads.execute(
        () -> {
          meet();
          progress.advance(10);
          progress.fail(new IOException("upstream broke off"));
        });

    assertThat(ends)
        .allSatisfy(
            end ->
                assertThat(end.handle((position, failure) -> failure))
                    .succeedsWithin(Await.DEADLINE)
                    .isInstanceOf(IOException.class));
  }
}
