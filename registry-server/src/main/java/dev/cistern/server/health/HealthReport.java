package dev.cistern.server.health;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The health of a server at one moment.
 *
 * @param stopping whether the server was asked to stop
 * @param storage what the last check of storage found
 * @param index how far the index of the stored content is
 * @param indexError why the content could not be listed; empty if it could
 * @param upstreams the upstreams by name; an empty text, or the last error of one that is failing
 */
record HealthReport(
    boolean stopping,
    StorageState storage,
    Index index,
    String indexError,
    SortedMap<String, String> upstreams) {

  /** The index of the stored content, by which the cache keeps to its limits. */
  enum Index {
    /** All content is counted. */
    COMPLETE("complete"),
    /** The content is being counted; the cache works meanwhile. */
    COUNTING("counting"),
    /** The content could not be listed yet, so nothing is evicted. */
    FAILING("failing");

    private final String words;

    Index(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  /**
   * A reason why the server is not ready.
   *
   * @param check what is wrong, as Distribution names its checks
   * @param summary for all clients
   * @param details for operators
   */
  record Problem(String check, String summary, String details) {}

  HealthReport {
    upstreams = new TreeMap<>(upstreams);
  }

  boolean isReady() {
    return problems("").isEmpty();
  }

  /** Why the server is not ready; empty if it is. A failing upstream is no reason. */
  List<Problem> problems(String driver) {
    Map<String, Problem> problems = new LinkedHashMap<>();
    if (stopping) {
      add(problems, "stopping", "the server is stopping", "");
    }
    if (!storage.isUsable()) {
      add(
          problems,
          "storagedriver_" + driver,
          "storage: " + storage.kind().words(),
          storage.error());
    }
    if (index == Index.FAILING) {
      add(problems, "index", "the stored content could not be listed", indexError);
    }
    return List.copyOf(problems.values());
  }

  private static void add(
      Map<String, Problem> problems, String check, String summary, String error) {
    problems.put(
        check, new Problem(check, summary, error.isEmpty() ? summary : summary + ": " + error));
  }
}
