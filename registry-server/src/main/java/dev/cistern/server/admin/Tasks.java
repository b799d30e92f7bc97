package dev.cistern.server.admin;

import dev.cistern.api.Printable;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * The actions that were asked for, the last ones with their results. A few run at a time, the
 * others wait in order. Thread-safe.
 */
final class Tasks {

  private static final int MOST_KEPT = 50;
  private static final int MOST_WAITING = 100;
  private static final int LONGEST_TEXT = 400;

  /** The work of a task. */
  interface Work {

    /** Starts it; does not block. */
    CompletionStage<TaskResult> start();

    /** What it did so far. */
    default String progress() {
      return "";
    }
  }

  /** Guarded by the enclosing object. */
  private static final class Entry {
    private final Work work;
    private Task task;

    private Entry(Task task, Work work) {
      this.task = task;
      this.work = work;
    }
  }

  private final InstantSource clock;
  private final int atOnce;

  // Guarded by this.
  private final Deque<Entry> entries = new ArrayDeque<>();
  private final Deque<Entry> waiting = new ArrayDeque<>();
  private int running;
  private long lastId;

  /**
   * @param atOnce how many run at a time
   */
  Tasks(InstantSource clock, int atOnce) {
    this.clock = clock;
    this.atOnce = atOnce;
  }

  /**
   * Runs some work when it is its turn. The same that is waiting or running already is not added
   * again.
   *
   * @return empty when too much is waiting
   */
  Optional<Task> add(Task.Kind kind, String subject, Work work) {
    Entry added;
    synchronized (this) {
      for (Entry entry : entries) {
        boolean same = entry.task.kind() == kind && entry.task.subject().equals(subject);
        if (same && entry.task.ended().isEmpty()) {
          return Optional.of(entry.task);
        }
      }
      if (waiting.size() >= MOST_WAITING) {
        return Optional.empty();
      }
      Task task =
          new Task(
              ++lastId,
              kind,
              subject,
              Task.State.WAITING,
              clock.instant(),
              Optional.empty(),
              "",
              Optional.empty());
      added = new Entry(task, work);
      entries.addFirst(added);
      waiting.add(added);
      forgetOld();
    }
    startNext();
    return Optional.of(state(added));
  }

  private void forgetOld() {
    int excess = entries.size() - MOST_KEPT;
    var oldest = entries.descendingIterator();
    while (excess > 0 && oldest.hasNext()) {
      if (oldest.next().task.ended().isPresent()) {
        oldest.remove();
        excess--;
      }
    }
  }

  private void startNext() {
    Entry next;
    synchronized (this) {
      if (running >= atOnce || waiting.isEmpty()) {
        return;
      }
      running++;
      next = waiting.remove();
      next.task = running(next.task, "");
    }
    CompletionStage<TaskResult> result;
    try {
      result = next.work.start();
    } catch (RuntimeException | Error e) {
      end(next, failed(e));
      return;
    }
    result.whenComplete((ended, failure) -> end(next, failure == null ? ended : failed(failure)));
  }

  private static TaskResult failed(Throwable failure) {
    return new TaskResult(TaskResult.End.FAILED, message(failure), Optional.empty());
  }

  private static String message(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  private void end(Entry entry, TaskResult result) {
    Task.State state = result.end() == TaskResult.End.DONE ? Task.State.DONE : Task.State.FAILED;
    synchronized (this) {
      running--;
      entry.task =
          with(entry.task, state, Optional.of(clock.instant()), result.text(), result.json());
    }
    startNext();
  }

  private static Task running(Task task, String progress) {
    return with(task, Task.State.RUNNING, Optional.empty(), progress, Optional.empty());
  }

  private static Task with(
      Task task,
      Task.State state,
      Optional<Instant> ended,
      String detail,
      Optional<String> result) {
    return new Task(
        task.id(),
        task.kind(),
        task.subject(),
        state,
        task.started(),
        ended,
        Printable.line(detail, LONGEST_TEXT),
        result);
  }

  private synchronized Task state(Entry entry) {
    return entry.task.state() == Task.State.RUNNING
        ? running(entry.task, entry.work.progress())
        : entry.task;
  }

  /** All of them, the latest first. */
  List<Task> all() {
    List<Entry> now;
    synchronized (this) {
      now = new ArrayList<>(entries);
    }
    return now.stream().map(this::state).toList();
  }

  /** For work whose progress is not known. */
  static Work of(Supplier<CompletionStage<TaskResult>> start) {
    return start::get;
  }
}
