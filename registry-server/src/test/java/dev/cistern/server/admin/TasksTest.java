package dev.cistern.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.admin.Task.Kind;
import dev.cistern.server.admin.Task.State;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class TasksTest {

  private static final TaskResult DONE = TaskResult.done("done", json -> json.put("bytes", 7));

  private final Tasks tasks = new Tasks(new TickingClock(), 1);

  @Test
  void tasksRunInOrderAndKeepTheirResults() {
    CompletableFuture<TaskResult> first = new CompletableFuture<>();
    CompletableFuture<TaskResult> second = new CompletableFuture<>();

    assertThat(tasks.add(Kind.WARM, "a", Tasks.of(() -> first)).orElseThrow().state())
        .isEqualTo(State.RUNNING);
    assertThat(tasks.add(Kind.WARM, "b", Tasks.of(() -> second)).orElseThrow().state())
        .isEqualTo(State.WAITING);
    first.complete(DONE);
    assertThat(tasks.all()).extracting(Task::state).containsExactly(State.RUNNING, State.DONE);
    second.completeExceptionally(new CompletionException(new IllegalStateException("broken")));
    assertThat(tasks.all()).extracting(Task::state).containsExactly(State.FAILED, State.DONE);
    assertThat(tasks.all()).extracting(Task::detail).containsExactly("broken", "done");
    assertThat(tasks.all())
        .extracting(Task::result)
        .containsExactly(Optional.empty(), Optional.of("{\"bytes\":7}"));
    assertThat(tasks.all().get(0).ended()).isPresent();
  }

  @Test
  void veryLargeResultIsNotKept() {
    TaskResult result = TaskResult.failed("much", json -> json.put("text", "x".repeat(20_000)));

    tasks.add(Kind.PURGE, "a", Tasks.of(() -> CompletableFuture.completedFuture(result)));

    assertThat(tasks.all().get(0).state()).isEqualTo(State.FAILED);
    assertThat(tasks.all().get(0).detail()).isEqualTo("much");
    assertThat(tasks.all().get(0).result()).isEmpty();
  }

  @Test
  void sameTaskIsNotAddedWhileItRuns() {
    CompletableFuture<TaskResult> running = new CompletableFuture<>();
    long first = tasks.add(Kind.GC, "store", Tasks.of(() -> running)).orElseThrow().id();

    assertThat(tasks.add(Kind.GC, "store", Tasks.of(() -> running)).orElseThrow().id())
        .isEqualTo(first);
    running.complete(DONE);
    assertThat(tasks.add(Kind.GC, "store", Tasks.of(() -> running)).orElseThrow().id())
        .isNotEqualTo(first);
  }

  @Test
  void workThatCannotStartFails() {
    tasks.add(
        Kind.GC,
        "store",
        Tasks.of(
            () -> {
              throw new IllegalStateException("no");
            }));

    assertThat(tasks.all()).extracting(Task::detail).containsExactly("no");
  }

  /** An Error in one must not take the turn of all later ones. */
  @Test
  void workThatEndsWithAnErrorFailsAndTheNextHasItsTurn() {
    tasks.add(
        Kind.GC,
        "store",
        Tasks.of(
            () -> {
              throw new StackOverflowError();
            }));

    tasks.add(Kind.PURGE, "a", Tasks.of(() -> CompletableFuture.completedFuture(DONE)));

    assertThat(tasks.all()).extracting(Task::state).containsExactly(State.DONE, State.FAILED);
  }

  @Test
  void waitingAndPastTasksAreBounded() {
    CompletableFuture<TaskResult> running = new CompletableFuture<>();
    for (int i = 0; i < 101; i++) {
      assertThat(tasks.add(Kind.WARM, "w" + i, Tasks.of(() -> running))).isPresent();
    }
    assertThat(tasks.add(Kind.WARM, "more", Tasks.of(() -> running))).isEmpty();
    running.complete(DONE);
    for (int i = 0; i < 200; i++) {
      assertThat(tasks.add(Kind.WARM, "x" + i, Tasks.of(() -> running))).isPresent();
    }
    assertThat(tasks.all()).hasSize(50);
  }
}
