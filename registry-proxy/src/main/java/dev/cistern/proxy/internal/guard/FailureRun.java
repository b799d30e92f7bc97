package dev.cistern.proxy.internal.guard;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import dev.cistern.proxy.upstream.UpstreamException.Evidence;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The failures of one host since its last success, and what they show. A host is failing when there
 * was no connection {@value #FAILURES} times, or no answer (or 502, 503, 504) to requests for
 * {@value #FAILURES} different things. Other failures of the server say something about the thing
 * only: else a client that names broken images could stop the pulls of all. Not thread-safe.
 */
final class FailureRun {

  /** How many failures in a row are enough. */
  static final int FAILURES = 3;

  /** How many things that fail are remembered. */
  private static final int MOST = 200;

  /** What fails is named by an upstream or a client; its hash takes no memory for long names. */
  private static final HashFunction HASH =
      Hashing.sipHash24(
          ThreadLocalRandom.current().nextLong(), ThreadLocalRandom.current().nextLong());

  private int unconnected;
  private final Set<Long> unanswered = new HashSet<>();
  private final Map<Long, Integer> failed = new HashMap<>();

  /** Starts without failures. */
  FailureRun() {}

  /** Adds a failure of a request for {@code thing}. */
  void add(Evidence evidence, String thing) {
    // What is known already needs no more evidence, and would take more memory.
    if (evidence == Evidence.NONE || showsHost()) {
      return;
    }
    if (evidence == Evidence.NO_CONNECTION) {
      unconnected++;
      return;
    }
    long hash = hash(thing);
    if (failed.size() < MOST || failed.containsKey(hash)) {
      failed.merge(hash, 1, Integer::sum);
    }
    if (evidence == Evidence.NO_ANSWER) {
      unanswered.add(hash);
    }
  }

  /** The host answered as it should. */
  void clear() {
    unconnected = 0;
    unanswered.clear();
    failed.clear();
  }

  /** Whether the host is failing, so that requests for other things would fail too. */
  boolean showsHost() {
    return unconnected + unanswered.size() >= FAILURES;
  }

  /** Whether requests for this thing fail. */
  boolean shows(String thing) {
    return !failed.isEmpty() && failed.getOrDefault(hash(thing), 0) >= FAILURES;
  }

  private static long hash(String thing) {
    return HASH.hashUnencodedChars(thing).asLong();
  }
}
