package dev.cistern.server.metrics;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * A counter with one label, whose values are the constants of an enum. Each of them starts at 0,
 * and counting looks up no label. Thread-safe.
 */
final class EnumCounter<E extends Enum<E>> {

  private final Map<E, CounterDataPoint> points;

  /**
   * @param label the name of the label
   * @param values the values of the label
   */
  EnumCounter(
      PrometheusRegistry registry, String name, String help, String label, Class<E> values) {
    Counter counter =
        Counter.builder()
            .name(name)
            .help(help)
            .labelNames(label)
            .withoutExemplars()
            .register(registry);
    points = new EnumMap<>(values);
    for (E value : values.getEnumConstants()) {
      points.put(value, counter.labelValues(Labels.of(value)));
    }
  }

  void inc(E value) {
    add(value, 1);
  }

  void add(E value, long count) {
    Objects.requireNonNull(points.get(value)).inc(count);
  }
}
