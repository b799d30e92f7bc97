package dev.cistern.proxy.internal.pull;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.api.Digest;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.testing.Await;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** How the wait for a blob ends. */
class ArrivalTest {

  @Test
  void itEndsWhateverIsThrown() {
    MemoryBlob blob = new MemoryBlob(Digest.sha256(new byte[1]), new byte[1]);

    CompletionStage<Arrival.End> end =
        Arrival.of(
            blob,
            Requester.UNKNOWN,
            received -> {
              throw new NoClassDefFoundError("of this test");
            });

    assertThatThrownBy(() -> Await.value(end)).hasRootCauseInstanceOf(NoClassDefFoundError.class);
  }
}
