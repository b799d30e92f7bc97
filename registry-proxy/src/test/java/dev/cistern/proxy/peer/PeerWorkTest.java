package dev.cistern.proxy.peer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PeerWorkTest {

  private final PeerWork work = new PeerWork();

  @Test
  void listsTheRequestsInProgressOfTheOneWhoAsks() {
    Runnable end = work.begin("one", "17");
    Runnable unused = work.begin("one", "18");
    Runnable unusedToo = work.begin("other", "19");

    assertThat(PeerWork.parse(work.of("one")).orElseThrow()).containsExactlyInAnyOrder("17", "18");
    end.run();
    assertThat(work.of("one")).isEqualTo("18");
    assertThat(work.of("other")).isEqualTo("19");
    assertThat(work.of("nobody")).isEmpty();
  }

  @Test
  void aNumberInAnotherFormIsIgnored() {
    for (String number : new String[] {"", "-1", "1 2", "1".repeat(19), "x\r\nA: b"}) {
      work.begin("one", number).run();
      Runnable unused = work.begin("one", number);
    }
    assertThat(work.of("one")).isEmpty();
  }

  @Test
  void theHeaderHasAnEnd() {
    for (int i = 0; i < 5_000; i++) {
      Runnable unused = work.begin("one", Integer.toString(100_000 + i));
    }
    assertThat(work.of("one")).hasSizeLessThan(8_000);
  }

  @Test
  void anAnswerThatHasNoRoomForAllSaysSo() {
    for (int i = 0; i < 500; i++) {
      Runnable unused = work.begin("one", Integer.toString(i));
    }
    assertThat(PeerWork.parse(work.of("one")).orElseThrow()).hasSize(500);

    Runnable end = work.begin("one", "500");
    assertThat(PeerWork.parse(work.of("one"))).isEmpty();
    end.run();
    assertThat(PeerWork.parse(work.of("one"))).isPresent();
  }

  @Test
  void whateverAnAnswerSaysIsRead() {
    assertThat(PeerWork.parse("").orElseThrow()).isEmpty();
    assertThat(PeerWork.parse(" 7  7 x 8 ").orElseThrow()).containsExactlyInAnyOrder("7", "8");
  }
}
