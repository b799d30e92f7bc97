package dev.cistern.proxy.internal.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.internal.concurrent.Interest;
import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Queues;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.proxy.upstream.http.Upstreams;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UpstreamCallsTest {

  private static final Target TARGET = new Target(Target.Kind.TAGS, "something");

  private final Upstream upstream =
      Upstreams.connect(UpstreamConfig.builder("http://127.0.0.1:1").build());
  private final Deque<Runnable> queue = new ArrayDeque<>();
  private final UpstreamCalls calls =
      new UpstreamCalls(upstream, Queues.of(queue::add), InstantSource.system());

  @AfterEach
  void close() {
    upstream.close();
  }

  private static Interest anyone() {
    return new Interest(Requester.UNKNOWN);
  }

  @Test
  void theCallerDoesNotWait() {
    CompletionStage<String> name = calls.start(TARGET, anyone(), Upstream::name);

    assertThat(name.toCompletableFuture()).isNotDone();
    queue.remove().run();
    assertThat(Await.value(name)).isEqualTo("127.0.0.1:1");
  }

  @Test
  void theStageFailsWithTheExceptionOfTheCall() {
    RegistryException refusal = new RegistryException(ErrorCode.DENIED, "no");
    CompletionStage<String> refused =
        calls.start(
            TARGET,
            anyone(),
            registry -> {
              throw refusal;
            });
    CompletionStage<String> broken =
        calls.start(
            TARGET,
            anyone(),
            registry -> {
              throw new IllegalStateException("bug");
            });
    CompletionStage<String> dead =
        calls.start(
            TARGET,
            anyone(),
            registry -> {
              throw new StackOverflowError();
            });
    queue.forEach(Runnable::run);

    assertThat(Await.failure(refused)).isSameAs(refusal);
    assertThat(broken.toCompletableFuture()).isCompletedExceptionally();
    assertThat(dead.toCompletableFuture()).isCompletedExceptionally();
  }

  @Test
  void aRejectedCallIsUnavailable() {
    UpstreamCalls full =
        new UpstreamCalls(
            upstream,
            (client, task) -> {
              throw new RejectedExecutionException("full");
            },
            InstantSource.system());

    assertThat(Await.failure(full.start(TARGET, anyone(), Upstream::name)).code())
        .isEqualTo(ErrorCode.UNAVAILABLE);
  }

  @Test
  void aClientThatJoinsGetsAPlaceInTheQueue() {
    List<String> places = new ArrayList<>();
    UpstreamCalls queued =
        new UpstreamCalls(
            upstream,
            (client, work) -> {
              places.add("starts for " + client);
              return places::add;
            },
            InstantSource.system());
    Interest interest = new Interest(from("10.0.0.1"));

    CompletionStage<String> unused = queued.start(TARGET, interest, Upstream::name);
    interest.join(from("10.0.0.2"));

    assertThat(places).containsExactly("starts for 10.0.0.1", "10.0.0.1", "10.0.0.2");
  }

  private static Requester from(String client) {
    return new Requester() {
      @Override
      public String client() {
        return client;
      }

      @Override
      public boolean isWaiting() {
        return true;
      }

      @Override
      public List<String> passed() {
        return List.of("passed " + client);
      }
    };
  }

  @Test
  void theCachesThatTheRequestsHavePassedAreKnownDuringTheCall() {
    Interest interest = new Interest(from("10.0.0.1"));
    CompletionStage<Set<String>> passed =
        calls.start(TARGET, interest, registry -> UpstreamWork.passed());
    interest.join(from("10.0.0.2"));

    queue.remove().run();

    assertThat(Await.value(passed)).containsExactly("passed 10.0.0.1", "passed 10.0.0.2");
    assertThat(UpstreamWork.passed()).isEmpty();
  }
}
