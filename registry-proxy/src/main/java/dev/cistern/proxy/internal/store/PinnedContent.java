package dev.cistern.proxy.internal.store;

import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.util.List;

/**
 * Protects what is pinned: marks it in the index, and allows evictions only while it is known what
 * is pinned. Thread-safe; one thread at a time finds.
 */
final class PinnedContent {

  /** The patterns that apply, and what they pin. Replaced as a whole. */
  private record Rule(List<String> patterns, Pins pins) {}

  private final ContentStore store;
  private final ContentIndex index;
  private final Evictor evictor;

  private Rule rule; // guarded by this
  private boolean known; // guarded by this

  PinnedContent(ContentStore store, ContentIndex index, Evictor evictor, List<String> patterns) {
    this.store = store;
    this.index = index;
    this.evictor = evictor;
    rule = new Rule(patterns, new Pins(store, patterns));
  }

  /** Applies other patterns from the next search on. Nothing is evicted before. */
  synchronized void reconfigure(List<String> patterns) {
    if (!patterns.equals(rule.patterns)) {
      known = false;
      evictor.forbid();
      rule = new Rule(patterns, new Pins(store, patterns));
    }
  }

  /** Finds what is pinned now. */
  void find() throws IOException {
    Rule current = rule();
    index.pin(current.pins.resolve());
    synchronized (this) {
      if (rule.patterns.equals(current.patterns)) {
        known = true;
        evictor.allow();
      }
    }
  }

  private synchronized Rule rule() {
    return rule;
  }

  /** Whether it is known what the patterns pin. */
  synchronized boolean isKnown() {
    return known;
  }
}
