package dev.cistern.proxy.internal.pull;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.api.Tag;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.upstream.ManifestHead;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class TagChecksTest {

  private static final TagAnswer HEAD =
      new TagAnswer(
          new ManifestHead(Digest.sha256(new byte[0]), Optional.empty(), OptionalLong.empty()),
          TagAnswer.Origin.CHECKED);
  private static final Duration SHORT = Duration.ofMillis(1);
  private static final Duration LONG = Duration.ofMinutes(10);

  private int tags;

  private TagChecks.Key newKey() {
    return new TagChecks.Key(ALPINE, new Tag("t" + ++tags));
  }

  private static TagChecks.Check join(
      TagChecks checks, TagChecks.Key key, Supplier<CompletionStage<TagAnswer>> question) {
    return checks.join(key, Requester.UNKNOWN, interest -> question.get());
  }

  @Test
  void simultaneousRequestsShareOneCheck() {
    TagChecks checks = new TagChecks(LONG);
    TagChecks.Key key = newKey();
    CompletableFuture<TagAnswer> answer = new CompletableFuture<>();

    TagChecks.Check first = join(checks, key, () -> answer);
    TagChecks.Check second =
        join(
            checks,
            key,
            () -> {
              throw new AssertionError("a second check");
            });
    answer.complete(HEAD);

    assertThat(Await.value(first.answer())).isEqualTo(HEAD);
    assertThat(Await.value(second.answer())).isEqualTo(HEAD);
    assertThat(first.overdue()).isCancelled();
  }

  @Test
  void nothingIsRememberedAfterAnAnswerOrAFailure() {
    TagChecks checks = new TagChecks(LONG);
    TagChecks.Key key = newKey();
    RegistryException cause = new RegistryException(ErrorCode.BAD_GATEWAY, "broken");

    assertThat(
            Await.failure(join(checks, key, () -> CompletableFuture.failedStage(cause)).answer()))
        .isSameAs(cause);
    assertThat(
            Await.value(join(checks, key, () -> CompletableFuture.completedStage(HEAD)).answer()))
        .isEqualTo(HEAD);
  }

  @Test
  void aCheckThatTakesTooLongIsOverdueAndStillAnswers() {
    TagChecks checks = new TagChecks(SHORT);
    CompletableFuture<TagAnswer> answer = new CompletableFuture<>();

    TagChecks.Check check = join(checks, newKey(), () -> answer);

    Await.value(check.overdue());
    answer.complete(HEAD);
    assertThat(Await.value(check.answer())).isEqualTo(HEAD);
  }

  @Test
  void noRequestWaitsForASlowUpstreamUntilItIsQuickAgain() {
    // Long enough for a check not to be overdue at once, also on a busy machine.
    TagChecks checks = new TagChecks(Duration.ofSeconds(1));
    for (int i = 0; i < 3; i++) {
      Await.value(join(checks, newKey(), CompletableFuture::new).overdue());
    }
    CompletableFuture<TagAnswer> answer = new CompletableFuture<>();
    TagChecks.Check unawaited = join(checks, newKey(), () -> answer);
    assertThat(unawaited.overdue()).isCompletedWithValue(null);

    // This one is quick, and the next are waited for again.
    answer.complete(HEAD);

    assertThat(join(checks, newKey(), CompletableFuture::new).overdue()).isNotDone();
  }

  @Test
  void aCheckThatCannotBeAskedForIsForgotten() {
    TagChecks checks = new TagChecks(LONG);
    TagChecks.Key key = newKey();
    TagChecks.Check failed =
        join(
            checks,
            key,
            () -> {
              throw new OutOfMemoryError("no thread");
            });

    assertThat(failed.answer()).isCompletedExceptionally();
    assertThat(
            Await.value(join(checks, key, () -> CompletableFuture.completedStage(HEAD)).answer()))
        .isEqualTo(HEAD);
  }
}
