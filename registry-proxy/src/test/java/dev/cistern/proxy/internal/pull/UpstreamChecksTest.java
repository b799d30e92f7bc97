package dev.cistern.proxy.internal.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.internal.concurrent.Interest;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.upstream.ManifestHead;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class UpstreamChecksTest {

  private static final TagAnswer HEAD =
      new TagAnswer(
          new ManifestHead(Digest.sha256(new byte[0]), Optional.empty(), OptionalLong.empty()),
          TagAnswer.Origin.CHECKED);
  private static final Duration SHORT = Duration.ofMillis(1);
  private static final Duration LONG = Duration.ofMinutes(10);

  private int tags;

  private String newKey() {
    return "t" + ++tags;
  }

  private static UpstreamChecks.Check<TagAnswer> join(
      UpstreamChecks<String, TagAnswer> checks,
      String key,
      Supplier<CompletionStage<TagAnswer>> question) {
    return checks.join(key, Requester.UNKNOWN, interest -> question.get());
  }

  @Test
  void simultaneousRequestsShareOneCheck() {
    UpstreamChecks<String, TagAnswer> checks = new UpstreamChecks<>(LONG);
    String key = newKey();
    CompletableFuture<TagAnswer> answer = new CompletableFuture<>();

    UpstreamChecks.Check<TagAnswer> first = join(checks, key, () -> answer);
    UpstreamChecks.Check<TagAnswer> second =
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
    UpstreamChecks<String, TagAnswer> checks = new UpstreamChecks<>(LONG);
    String key = newKey();
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
    UpstreamChecks<String, TagAnswer> checks = new UpstreamChecks<>(SHORT);
    CompletableFuture<TagAnswer> answer = new CompletableFuture<>();

    UpstreamChecks.Check<TagAnswer> check = join(checks, newKey(), () -> answer);

    Await.value(check.overdue());
    answer.complete(HEAD);
    assertThat(Await.value(check.answer())).isEqualTo(HEAD);
  }

  @Test
  void noRequestWaitsForASlowUpstreamUntilItIsQuickAgain() {
    // Long enough for a check not to be overdue at once, also on a busy machine.
    UpstreamChecks<String, TagAnswer> checks = new UpstreamChecks<>(Duration.ofSeconds(1));
    for (int i = 0; i < 3; i++) {
      Await.value(join(checks, newKey(), CompletableFuture::new).overdue());
    }
    CompletableFuture<TagAnswer> answer = new CompletableFuture<>();
    UpstreamChecks.Check<TagAnswer> unawaited = join(checks, newKey(), () -> answer);
    assertThat(unawaited.overdue()).isCompletedWithValue(null);

    // This one is quick, and the next are waited for again.
    answer.complete(HEAD);

    assertThat(join(checks, newKey(), CompletableFuture::new).overdue()).isNotDone();
  }

  @Test
  void aCheckOfTheCacheItselfIsWantedWhateverClientsDo() {
    UpstreamChecks<String, TagAnswer> checks = new UpstreamChecks<>(LONG);
    String key = newKey();
    CompletableFuture<TagAnswer> answer = new CompletableFuture<>();
    List<Interest> asked = new ArrayList<>();

    checks.startBehind(
        key,
        new Left(),
        interest -> {
          asked.add(interest);
          return answer;
        });
    checks.startBehind(
        key,
        new Left(),
        interest -> {
          throw new AssertionError("a second check");
        });

    assertThat(asked)
        .singleElement()
        .satisfies(
            interest -> {
              assertThat(interest.begin()).isTrue();
              assertThat(interest.client()).isEmpty();
              assertThat(interest.passed()).containsExactly("other-cache");
            });
    UpstreamChecks.Check<TagAnswer> joined = join(checks, key, CompletableFuture::new);
    answer.complete(HEAD);
    assertThat(Await.value(joined.answer())).isEqualTo(HEAD);
  }

  /** A client that has left, whose request came through another cache. */
  private static final class Left implements Requester {

    @Override
    public String client() {
      return "client";
    }

    @Override
    public List<String> passed() {
      return List.of("other-cache");
    }

    @Override
    public boolean isWaiting() {
      return false;
    }
  }

  @Test
  void aCheckThatCannotBeAskedForIsForgotten() {
    UpstreamChecks<String, TagAnswer> checks = new UpstreamChecks<>(LONG);
    String key = newKey();
    UpstreamChecks.Check<TagAnswer> failed =
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
