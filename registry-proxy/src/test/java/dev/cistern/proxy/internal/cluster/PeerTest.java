package dev.cistern.proxy.internal.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.peer.PeerAnswer;
import dev.cistern.proxy.testing.Await;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When a peer that has failed counts as working again. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PeerTest {

  private static final PeerHttp.Working ANSWER =
      new PeerHttp.Working(PeerAnswer.of("cistern-other"), Optional.empty());

  private final FakePeer fake = new FakePeer(9);
  private final Peer peer = fake.peer();

  @AfterEach
  void stop() {
    fake.close();
  }

  @ParameterizedTest
  @ValueSource(classes = {IllegalStateException.class, OutOfMemoryError.class})
  void aQuestionThatCannotBeAskedIsAskedAgain(Class<? extends Throwable> failure) {
    AtomicInteger asked = new AtomicInteger();

    peer.failed(
        "test",
        () -> {
          asked.incrementAndGet();
          if (failure == OutOfMemoryError.class) {
            throw new OutOfMemoryError("unable to create native thread");
          }
          throw new IllegalStateException("no thread");
        });

    Await.until(() -> asked.get() >= 2);
    assertThat(peer.state()).isEqualTo(Peer.State.FAILING);
  }

  @Test
  void theAnswerToWhatItMustProveMakesItWork() {
    CompletableFuture<PeerHttp.Working> answer = new CompletableFuture<>();
    peer.failed("test", () -> answer);
    peer.check();

    answer.complete(ANSWER);

    assertThat(peer.state()).isEqualTo(Peer.State.ALIVE);
  }

  /** It has failed again since it was asked, and what it answers now does not show more. */
  @Test
  void theAnswerToAnEarlierQuestionProvesNothingAndTheLaterOneIsAsked() {
    CompletableFuture<PeerHttp.Working> earlier = new CompletableFuture<>();
    CompletableFuture<PeerHttp.Working> later = new CompletableFuture<>();
    peer.failed("test", () -> earlier);
    peer.check();
    peer.answersRequests();
    peer.failed("again", () -> later);

    earlier.complete(ANSWER);
    assertThat(peer.state()).isEqualTo(Peer.State.FAILING);

    peer.check();
    later.complete(ANSWER);
    assertThat(peer.state()).isEqualTo(Peer.State.ALIVE);
  }
}
