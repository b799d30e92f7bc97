package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("11. Clients may cancel a bounded number of requests")
class ResetsTest {

  private final AtomicLong now = new AtomicLong();
  private final Resets resets = new Resets(10, 30, now::get);

  @Test
  void aConnectionMayTakeBackSoManyInATime() {
    Resets.OfConnection connection = resets.ofConnection();
    for (int i = 0; i < 10; i++) {
      assertThat(connection.add()).isTrue();
    }
    assertThat(connection.add()).isFalse();
  }

  @Test
  void thoseOfLongAgoDoNotCount() {
    Resets.OfConnection connection = resets.ofConnection();
    for (int i = 0; i < 100; i++) {
      assertThat(connection.add()).isTrue();
      now.addAndGet(Resets.WINDOW.toNanos() / 9);
    }
  }

  @Test
  void manyConnectionsTogetherMayNotTakeBackMore() {
    for (int i = 0; i < 3; i++) {
      add(resets.ofConnection(), 10);
    }
    Resets.OfConnection late = resets.ofConnection();
    for (int i = 0; i < 4; i++) {
      assertThat(late.add()).as("as few as any client takes back").isTrue();
    }
    assertThat(late.add()).isFalse();
  }

  @Test
  void thoseOfLongAgoOnQuietConnectionsDoNotCountForOthers() {
    for (int i = 0; i < 3; i++) {
      add(resets.ofConnection(), 10);
    }
    now.addAndGet(Resets.WINDOW.toNanos() + 1);

    add(resets.ofConnection(), 10);
  }

  @Test
  void aClosedConnectionMakesRoom() {
    Resets.OfConnection first = resets.ofConnection();
    add(first, 10);
    add(resets.ofConnection(), 10);
    add(resets.ofConnection(), 10);
    first.close();
    first.close();
    Resets.OfConnection next = resets.ofConnection();
    add(next, 10);
    Resets.OfConnection late = resets.ofConnection();
    add(late, 4);
    assertThat(late.add()).isFalse();
  }

  private static void add(Resets.OfConnection connection, int count) {
    for (int i = 0; i < count; i++) {
      assertThat(connection.add()).isTrue();
    }
  }
}
