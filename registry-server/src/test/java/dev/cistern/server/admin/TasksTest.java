package dev.cistern.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.admin.Task.Kind;
import dev.cistern.server.admin.Task.State;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class TasksTest {

  private final Tasks tasks = new Tasks(new TickingClock(), 1);

  @Test
  void tasksRunInOrderAndKeepTheirResults() {
    CompletableFuture<String> first = new CompletableFuture<>();
    CompletableFuture<String> second = new CompletableFuture<>();

    assertThat(tasks.add(Kind.WARM, "a", Tasks.of(() -> first)).orElseThrow().state())
        .isEqualTo(State.RUNNING);
    assertThat(tasks.add(Kind.WARM, "b", Tasks.of(() -> second)).orElseThrow().state())
        .isEqualTo(State.WAITING);
    first.complete("done");
    assertThat(tasks.all()).extracting(Task::state).containsExactly(State.RUNNING, State.DONE);
    second.completeExceptionally(new CompletionException(new IllegalStateException("broken")));
    assertThat(tasks.all()).extracting(Task::state).containsExactly(State.FAILED, State.DONE);
    assertThat(tasks.all()).extracting(Task::detail).containsExactly("broken", "done");
    assertThat(tasks.all().get(0).ended()).isPresent();
  }

  @Test
  void sameTaskIsNotAddedWhileItRuns() {
    CompletableFuture<String> running = new CompletableFuture<>();
    long first = tasks.add(Kind.GC, "store", Tasks.of(() -> running)).orElseThrow().id();

    assertThat(tasks.add(Kind.GC, "store", Tasks.of(() -> running)).orElseThrow().id())
        .isEqualTo(first);
    running.complete("");
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

  @Test
  void waitingAndPastTasksAreBounded() {
    CompletableFuture<String> running = new CompletableFuture<>();
    for (int i = 0; i < 101; i++) {
      assertThat(tasks.add(Kind.WARM, "w" + i, Tasks.of(() -> running))).isPresent();
    }
    assertThat(tasks.add(Kind.WARM, "more", Tasks.of(() -> running))).isEmpty();
    running.complete("done");
    for (int i = 0; i < 200; i++) {
      assertThat(tasks.add(Kind.WARM, "x" + i, Tasks.of(() -> running))).isPresent();
    }
    assertThat(tasks.all()).hasSize(50);
  }
}
