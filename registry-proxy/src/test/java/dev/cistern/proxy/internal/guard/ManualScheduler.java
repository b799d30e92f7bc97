package dev.cistern.proxy.internal.guard;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A scheduler whose time is set by a test. */
final class ManualScheduler extends ScheduledThreadPoolExecutor {

  private record Task(Runnable work, Duration delay) {}

  private final Deque<Task> tasks = new ArrayDeque<>();

  ManualScheduler() {
    super(1);
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable work, long delay, TimeUnit unit) {
    // The handle is of a task that is not waited for; the work itself waits for runNext.
    ScheduledFuture<?> handle = super.schedule(() -> {}, 1, TimeUnit.DAYS);
    tasks.add(new Task(work, Duration.of(delay, unit.toChronoUnit())));
    return handle;
  }

  /** How many tasks wait for their time. */
  int waiting() {
    return tasks.size();
  }

  /** The delay with which the next task was scheduled. */
  Duration nextDelay() {
    return tasks.element().delay;
  }

  /** The time of the next task has come. */
  void runNext() {
    tasks.remove().work.run();
  }
}
