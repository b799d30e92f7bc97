package dev.cistern.proxy.internal.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.internal.store.EvictionCandidates.Protection;
import dev.cistern.proxy.internal.store.EvictionPolicy.Choice;
import dev.cistern.proxy.internal.store.EvictionPolicy.Goal;
import dev.cistern.proxy.policy.EvictionReason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EvictionPolicyTest {

  private static final int ANY = 1_000_000;
  private static final long NEVER = Long.MIN_VALUE;

  private record Kept(int id, long cost, long lastUse, Protection protection) {}

  private static Kept kept(int id, long cost, long lastUse) {
    return new Kept(id, cost, lastUse, Protection.NONE);
  }

  private static EvictionCandidates entries(List<Kept> all) {
    return visitor ->
        all.forEach(one -> visitor.visit(one.id, one.cost, one.lastUse, one.protection));
  }

  private static Choice choose(Goal goal, Kept... all) {
    return EvictionPolicy.choose(entries(List.of(all)), goal);
  }

  @Test
  void nothingIsChosenWithoutNeed() {
    assertThat(choose(new Goal(NEVER, 0, 0, ANY), kept(1, 10, 1), kept(2, 10, 2)).evictions())
        .isEmpty();
    assertThat(choose(new Goal(NEVER, -5, -5, ANY), kept(1, 10, 1)).evictions()).isEmpty();
  }

  @Test
  void theLeastRecentlyUsedAreChosenUntilItIsEnough() {
    Choice choice =
        choose(new Goal(NEVER, 15, 0, ANY), kept(1, 10, 30), kept(2, 10, 10), kept(3, 10, 20));
    assertThat(choice.evictions())
        .containsExactly(
            new Eviction(2, 10, 10, EvictionReason.SIZE),
            new Eviction(3, 10, 20, EvictionReason.SIZE));
    assertThat(choice.cost()).isEqualTo(20);
    assertThat(choice.complete()).isTrue();
  }

  @Test
  void idleContentIsAlwaysChosenAndCounts() {
    assertThat(choose(new Goal(15, 5, 0, ANY), kept(1, 10, 10), kept(2, 10, 20)).evictions())
        .containsExactly(new Eviction(1, 10, 10, EvictionReason.IDLE));
    assertThat(choose(new Goal(15, 0, 0, ANY), kept(1, 10, 15)).evictions()).isEmpty();
  }

  @Test
  void evictionForSizeAlsoFreesSpace() {
    assertThat(
            choose(new Goal(NEVER, 5, 15, ANY), kept(1, 10, 1), kept(2, 10, 2), kept(3, 10, 3))
                .evictions())
        .containsExactly(
            new Eviction(1, 10, 1, EvictionReason.SIZE),
            new Eviction(2, 10, 2, EvictionReason.FREE_SPACE));
  }

  @Test
  void protectedContentStaysHoweverOld() {
    Kept old = new Kept(1, 10, 1, Protection.PROTECTED);
    assertThat(choose(new Goal(50, 10, 0, ANY), old, kept(2, 10, 100)).evictions())
        .containsExactly(new Eviction(2, 10, 100, EvictionReason.SIZE));
  }

  @Test
  void everythingIsChosenWhenItIsNotEnough() {
    Choice choice = choose(new Goal(NEVER, 100, 0, ANY), kept(1, 10, 1), kept(2, 10, 2));
    assertThat(choice.cost()).isEqualTo(20);
    assertThat(choice.complete()).isTrue();
  }

  @Test
  void aLimitedChoiceIsIncomplete() {
    Choice choice =
        choose(new Goal(NEVER, 25, 0, 2), kept(3, 10, 3), kept(1, 10, 1), kept(2, 10, 2));
    assertThat(choice.evictions()).extracting(Eviction::id).containsExactly(1, 2);
    assertThat(choice.complete()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void itChoosesAsSortingWould(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 500; round++) {
      List<Kept> all = new ArrayList<>();
      for (int id = 0; id < random.nextInt(60); id++) {
        all.add(
            new Kept(
                id,
                1 + random.nextInt(50),
                random.nextInt(40),
                random.nextInt(5) == 0 ? Protection.PROTECTED : Protection.NONE));
      }
      Collections.shuffle(all, random);
      Goal goal =
          new Goal(
              random.nextInt(40) - 20,
              random.nextInt(600) - 50,
              random.nextInt(600) - 300,
              random.nextBoolean() ? ANY : 1 + random.nextInt(20));

      Choice choice = EvictionPolicy.choose(entries(all), goal);

      assertThat(choice.evictions()).isEqualTo(bySorting(all, goal));
      assertThat(choice.cost())
          .isEqualTo(choice.evictions().stream().mapToLong(Eviction::cost).sum());
      if (!choice.complete()) {
        assertThat(choice.evictions()).hasSize(goal.most());
      }
    }
  }

  private static List<Eviction> bySorting(List<Kept> all, Goal goal) {
    List<Kept> sorted = new ArrayList<>(all);
    sorted.sort(Comparator.comparingLong(Kept::lastUse).thenComparingInt(Kept::id));
    List<Eviction> evictions = new ArrayList<>();
    long freed = 0;
    for (Kept one : sorted) {
      if (one.protection == Protection.PROTECTED || evictions.size() == goal.most()) {
        continue;
      }
      if (one.lastUse < goal.idleBefore()) {
        evictions.add(new Eviction(one.id, one.cost, one.lastUse, EvictionReason.IDLE));
      } else if (freed < goal.size()) {
        evictions.add(new Eviction(one.id, one.cost, one.lastUse, EvictionReason.SIZE));
      } else if (freed < goal.freeSpace()) {
        evictions.add(new Eviction(one.id, one.cost, one.lastUse, EvictionReason.FREE_SPACE));
      } else {
        continue;
      }
      freed += one.cost;
    }
    return evictions;
  }
}
