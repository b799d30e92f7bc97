package dev.cistern.proxy.maintenance;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** Keeps the first few, in some order, of all values that are added. For one thread. */
final class TopList<T> {

  private final int most;
  private final Comparator<T> order;
  private final PriorityQueue<T> last;

  TopList(int most, Comparator<T> order) {
    this.most = most;
    this.order = order;
    last = new PriorityQueue<>(order.reversed());
  }

  void add(T value) {
    last.add(value);
    if (last.size() > most) {
      last.remove();
    }
  }

  /** The values kept, in order. */
  List<T> list() {
    return last.stream().sorted(order).toList();
  }
}
