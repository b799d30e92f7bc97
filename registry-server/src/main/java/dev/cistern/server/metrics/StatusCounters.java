package dev.cistern.server.metrics;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** The counters of one method, by status. Counting looks up no label. Thread-safe. */
final class StatusCounters {

  private static final int STATUSES = 600;

  private final Counter counter;
  private final String method;
  private final AtomicReferenceArray<CounterDataPoint> points =
      new AtomicReferenceArray<>(STATUSES);

  /**
   * @param counter with the labels method and status
   */
  StatusCounters(Counter counter, String method) {
    this.counter = counter;
    this.method = method;
  }

  CounterDataPoint of(int status) {
    int index = status < STATUSES ? status : 0;
    CounterDataPoint known = points.get(index);
    if (known != null) {
      return known;
    }
    CounterDataPoint point = counter.labelValues(method, Integer.toString(index));
    points.set(index, point);
    return point;
  }
}
