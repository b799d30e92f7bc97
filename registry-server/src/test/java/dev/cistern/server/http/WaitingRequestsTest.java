package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("11. Requests that wait take a bounded part of memory")
class WaitingRequestsTest {

  private static final long MOST = 100;

  private final WaitingRequests waiting = new WaitingRequests(MOST);
  private final List<String> refused = new ArrayList<>();

  private WaitingRequests.Place add(String client, String name) {
    return Objects.requireNonNull(waiting.add(client, 10, () -> refused.add(name)));
  }

  private List<WaitingRequests.Place> fill(String client) {
    List<WaitingRequests.Place> places = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      places.add(add(client, client + i));
    }
    return places;
  }

  @Test
  void aClientThatHoldsTheMostCannotWaitWithMore() {
    fill("greedy");

    assertThat(waiting.add("greedy", 10, () -> {})).isNull();
    assertThat(refused).isEmpty();
    assertThat(waiting.held()).isEqualTo(MOST);
  }

  @Test
  void anotherClientGetsThePlaceOfTheNewestRequest() {
    fill("greedy");

    add("honest", "honest0");
    add("honest", "honest1");

    assertThat(refused).containsExactly("greedy9", "greedy8");
  }

  @Test
  void ofTwoClientsEachKeepsHalf() {
    List<WaitingRequests.Place> places = fill("greedy");
    for (int i = 0; i < 5; i++) {
      add("other", "other" + i);
      assertThat(refused).hasSize(i + 1);
      // The refusal is answered.
      places.get(9 - i).close();
    }

    assertThat(waiting.add("other", 10, () -> {})).isNull();
    assertThat(waiting.add("greedy", 10, () -> {})).isNull();
  }

  @Test
  void requestsOfClientsThatHaveLeftLoseTheirPlacesFirst() {
    List<WaitingRequests.Place> places = fill("greedy");
    places.get(3).clientLeft();

    add("honest", "honest0");

    assertThat(refused).containsExactly("greedy3");
  }

  @Test
  void requestsOfClientsThatHaveLeftHoldAQuarterAtMost() {
    List<WaitingRequests.Place> places = fill("leaving");

    places.subList(0, 2).forEach(WaitingRequests.Place::clientLeft);
    assertThat(refused).isEmpty();
    places.get(2).clientLeft();
    places.get(2).clientLeft();

    assertThat(refused).containsExactly("leaving0");
  }

  @Test
  void thoseThatWereRefusedCountUntilTheyAreAnswered() {
    List<WaitingRequests.Place> places = fill("greedy");
    add("a", "a0");
    add("b", "b0");

    // The two that lost their places still hold memory, and there is a limit for that too.
    assertThat(waiting.add("c", 10, () -> {})).isNull();
    places.get(9).close();
    places.get(9).close();

    assertThat(waiting.add("c", 10, () -> {})).isNotNull();
  }

  @Test
  void aRequestThatIsRefusedForThoseThatEndTakesNoPlace() {
    fill("greedy");
    add("a", "a0");
    add("b", "b0");
    refused.clear();

    assertThat(waiting.add("c", 10, () -> {})).isNull();

    assertThat(refused).isEmpty();
  }

  @Test
  void aRequestThatIsRefusedForItsClientTakesNoPlace() {
    List<WaitingRequests.Place> places = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      places.add(add("one", "one" + i));
      places.add(add("other", "other" + i));
    }
    places.get(1).clientLeft();

    // The place of the client that has left is not enough, and nobody else has more.
    assertThat(waiting.add("one", 25, () -> {})).isNull();
    assertThat(refused).isEmpty();

    // As before, that one is the first to lose its place.
    add("third", "third0");
    assertThat(refused).containsExactly("other0");
    places.forEach(WaitingRequests.Place::close);
    assertThat(waiting.held()).isEqualTo(10);
  }

  @Test
  void nothingIsHeldOnceAllAreAnswered() {
    List<WaitingRequests.Place> places = fill("client");
    places.get(0).clientLeft();
    places.forEach(WaitingRequests.Place::close);
    places.get(1).clientLeft();

    assertThat(waiting.held()).isZero();
    assertThat(fill("next")).hasSize(10);
    assertThat(refused).isEmpty();
  }

  @Test
  void aLargeRequestTakesThePlacesOfSeveral() {
    fill("greedy");

    assertThat(waiting.add("honest", 25, () -> {})).isNotNull();

    assertThat(refused).containsExactly("greedy9", "greedy8", "greedy7");
  }
}
