package dev.cistern.server.report;

import dev.cistern.proxy.report.Failure;
import java.util.ArrayList;
import java.util.List;

/** Puts the lines of a result into one. */
final class Lines {

  /** How many failures to name. */
  private static final int MOST_FAILURES = 2;

  private Lines() {}

  static String joined(List<String> lines, List<Failure> failures) {
    List<String> all = new ArrayList<>(lines);
    failures.stream()
        .limit(MOST_FAILURES)
        .map(failure -> "failed %s: %s".formatted(failure.subject(), failure.message()))
        .forEach(all::add);
    if (failures.size() > MOST_FAILURES) {
      all.add((failures.size() - MOST_FAILURES) + " more failed");
    }
    return String.join("; ", all);
  }
}
