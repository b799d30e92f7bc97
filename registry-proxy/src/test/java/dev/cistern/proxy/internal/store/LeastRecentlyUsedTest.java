package dev.cistern.proxy.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.internal.store.EvictionCandidates.Protection;
import org.junit.jupiter.api.Test;

class LeastRecentlyUsedTest {

  @Test
  void theOldestAreFoundInOrder() {
    LeastRecentlyUsed oldest = new LeastRecentlyUsed(3);
    long[] uses = {50, 20, 90, 10, 70, 30};
    for (int id = 0; id < uses.length; id++) {
      oldest.visit(id, 1, uses[id], Protection.NONE);
    }
    assertThat(oldest.ids()).containsExactly(3, 1, 5);
  }

  @Test
  void protectedEntriesAreNotFound() {
    LeastRecentlyUsed oldest = new LeastRecentlyUsed(2);
    oldest.visit(1, 1, 10, Protection.PROTECTED);
    oldest.visit(2, 1, 20, Protection.NONE);
    assertThat(oldest.ids()).containsExactly(2);
  }

  @Test
  void noneIsFoundWhereNoneIsWanted() {
    LeastRecentlyUsed oldest = new LeastRecentlyUsed(0);
    oldest.visit(1, 1, 10, Protection.NONE);
    assertThat(oldest.ids()).isEmpty();
  }
}
