package dev.cistern.proxy.internal.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.content.Requester;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InterestTest {

  private static final class Client implements Requester {

    private final String client;
    private boolean waiting = true;
    private boolean ahead;
    private List<String> passed = List.of();

    Client(String client) {
      this.client = client;
    }

    @Override
    public String client() {
      return client;
    }

    @Override
    public List<String> passed() {
      return passed;
    }

    @Override
    public boolean asksAhead() {
      return ahead;
    }

    @Override
    public boolean isWaiting() {
      return waiting;
    }
  }

  private final Client first = new Client("10.0.0.1");
  private final Interest interest = new Interest(first);

  @Test
  void workThatARequesterWaitsForBegins() {
    assertThat(interest.begin()).isTrue();
    assertThat(interest.join(new Client("10.0.0.1"))).isTrue();
  }

  @Test
  void workWhoseRequestersHaveLeftIsDroppedForGood() {
    first.waiting = false;

    assertThat(interest.begin()).isFalse();

    assertThat(interest.join(new Client("10.0.0.1"))).isFalse();
    first.waiting = true;
    assertThat(interest.begin()).isFalse();
  }

  @Test
  void aRequesterThatJoinsInTimeKeepsTheWork() {
    first.waiting = false;

    assertThat(interest.join(new Client("10.0.0.1"))).isTrue();

    assertThat(interest.begin()).isTrue();
  }

  @Test
  void everyClientThatWaitsGetsAPlace() {
    List<String> places = new ArrayList<>();
    interest.join(new Client("10.0.0.2"));

    interest.queued(places::add);
    interest.join(new Client("10.0.0.3"));

    assertThat(places).containsExactly("10.0.0.1", "10.0.0.2", "10.0.0.3");
  }

  @Test
  void droppedWorkGetsNoMorePlaces() {
    List<String> places = new ArrayList<>();
    interest.queued(places::add);
    first.waiting = false;
    interest.begin();

    assertThat(interest.join(new Client("10.0.0.2"))).isFalse();
    assertThat(places).containsExactly("10.0.0.1");
  }

  @Test
  void theCachesThatAnyRequestHasPassedCount() {
    first.passed = List.of("one", "two");
    Client second = new Client("10.0.0.2");
    second.passed = List.of("two", "three");
    interest.join(second);

    assertThat(interest.passed()).containsExactly("one", "two", "three");
  }

  @Test
  void workIsAheadUntilAClientHasAskedForIt() {
    Client early = new Client("prefetch");
    early.ahead = true;
    Interest work = new Interest(early);
    assertThat(work.isAhead()).isTrue();
    assertThat(work.isWanted()).isTrue();
    assertThat(work.isWaitedFor()).isFalse();

    work.join(first);
    assertThat(work.isAhead()).isFalse();
    assertThat(work.isWaitedFor()).isTrue();

    work.leave(first);
    assertThat(work.isAhead()).isFalse();
    assertThat(work.isWaitedFor()).isFalse();
  }
}
