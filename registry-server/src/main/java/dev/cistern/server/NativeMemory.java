package dev.cistern.server;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives memory back that the C library keeps after the JVM has freed it. The compilers of the JVM
 * use tens of megabytes for a moment, and glibc keeps what each thread has freed for that thread:
 * after some minutes of mixed requests, that was a sixth of the resident memory.
 *
 * <p>It uses the command {@code System.trim_native_heap} of the JVM, which JDK 17 has since 17.0.9.
 * Without it, nothing happens.
 */
final class NativeMemory {

  private static final Logger log = LoggerFactory.getLogger(NativeMemory.class);

  private NativeMemory() {}

  /**
   * Begins to do it again and again, on a thread that does not keep the process alive. It ends if
   * this JVM cannot do it.
   */
  static void giveBackEvery(Duration interval) {
    long nanos = interval.toNanos();
    ScheduledExecutorService thread =
        Executors.newSingleThreadScheduledExecutor(NativeMemory::daemon);
    ScheduledFuture<?> unused =
        thread.scheduleWithFixedDelay(
            () -> {
              if (!giveBack()) {
                thread.shutdown();
              }
            },
            nanos,
            nanos,
            TimeUnit.NANOSECONDS);
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "cistern-native-memory");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Does it once.
   *
   * @return false if this JVM cannot do it
   */
  static boolean giveBack() {
    try {
      MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
      Object said =
          beans.invoke(
              new ObjectName("com.sun.management:type=DiagnosticCommand"),
              "systemTrimNativeHeap",
              new Object[0],
              new String[0]);
      log.debug("{}", said);
      return true;
    } catch (JMException e) {
      log.debug("This JVM does not give memory back: {}", e.toString());
      return false;
    }
  }
}
