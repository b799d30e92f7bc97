package dev.cistern.proxy.internal.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RendezvousTest {

  private static final int KEYS = 10_000;
  private static final List<String> NODES =
      List.of("10.0.0.1:5000", "10.0.0.2:5000", "10.0.0.3:5000", "10.0.0.4:5000");

  private static List<String> rank(List<String> nodes, String key) {
    return Rendezvous.rank(nodes, Function.identity(), key);
  }

  private static List<String> keys() {
    return IntStream.range(0, KEYS).mapToObj(i -> "sha256:" + i).toList();
  }

  @Test
  void allAgreeInWhateverOrderTheyKnowTheNodes() {
    List<String> shuffled = new ArrayList<>(NODES);
    Random random = new Random(1);
    for (String key : keys().subList(0, 100)) {
      Collections.shuffle(shuffled, random);
      assertThat(rank(shuffled, key)).isEqualTo(rank(NODES, key));
    }
  }

  @Test
  void eachNodeOwnsAnEqualPart() {
    Map<String, Integer> owned = new HashMap<>();
    keys().forEach(key -> owned.merge(rank(NODES, key).get(0), 1, Integer::sum));

    assertThat(owned.keySet()).containsExactlyInAnyOrderElementsOf(NODES);
    assertThat(owned.values())
        .allSatisfy(count -> assertThat(count).isBetween(KEYS / 4 * 9 / 10, KEYS / 4 * 11 / 10));
  }

  @Test
  void withoutANodeOnlyItsKeysMoveEachToItsSecondOwner() {
    List<String> fewer = NODES.subList(1, 4);
    for (String key : keys()) {
      List<String> before = rank(NODES, key);
      String expected = before.get(0).equals(NODES.get(0)) ? before.get(1) : before.get(0);
      assertThat(rank(fewer, key).get(0)).isEqualTo(expected);
    }
  }

  @Test
  void theKeysOfALostNodeAreSharedByAllOthers() {
    Map<String, Integer> second = new HashMap<>();
    keys().stream()
        .map(key -> rank(NODES, key))
        .filter(order -> order.get(0).equals(NODES.get(0)))
        .forEach(order -> second.merge(order.get(1), 1, Integer::sum));

    assertThat(second).hasSize(3);
    assertThat(second.values())
        .allSatisfy(count -> assertThat(count).isBetween(KEYS / 12 * 8 / 10, KEYS / 12 * 12 / 10));
  }

  @Test
  void noNodesHaveNoOrder() {
    assertThat(rank(List.of(), "sha256:1")).isEmpty();
  }
}
