package dev.cistern.proxy.internal.concurrent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.content.Requester;
import org.junit.jupiter.api.Test;

class InterestTest {

  private static final class Client implements Requester {

    private boolean waiting = true;

    @Override
    public String client() {
      return "10.0.0.1";
    }

    @Override
    public boolean isWaiting() {
      return waiting;
    }
  }

  private final Client first = new Client();
  private final Interest interest = new Interest(first);

  @Test
  void workThatARequesterWaitsForBegins() {
    assertThat(interest.begin()).isTrue();
    assertThat(interest.join(new Client())).isTrue();
  }

  @Test
  void workWhoseRequestersHaveLeftIsDroppedForGood() {
    first.waiting = false;

    assertThat(interest.begin()).isFalse();

    assertThat(interest.join(new Client())).isFalse();
    first.waiting = true;
    assertThat(interest.begin()).isFalse();
  }

  @Test
  void aRequesterThatJoinsInTimeKeepsTheWork() {
    first.waiting = false;

    assertThat(interest.join(new Client())).isTrue();

    assertThat(interest.begin()).isTrue();
  }
}
