package dev.cistern.proxy.upstream.http;

import static dev.cistern.proxy.upstream.http.Failures.failure;
import static dev.cistern.proxy.upstream.http.Samples.ALPINE;
import static dev.cistern.proxy.upstream.http.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamManifest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import mockwebserver3.MockResponse;
import mockwebserver3.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many requests that want one token at the same time. */
@Timeout(60)
class TokenSingleFlightTest {

  private static final int CALLERS = 16;

  private final List<Thread> threads = new ArrayList<>();
  private final AtomicInteger issued = new AtomicInteger();
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private volatile MockResponse tokenAnswer = Samples.status(200, "{\"token\":\"good\"}");
  private volatile String accepted = "Bearer good";
  private volatile int refusal;

  private final FakeServer tokens = FakeServer.start(this::issue);
  private final FakeServer registry = FakeServer.start(this::answer);
  private final Upstream upstream =
      Upstreams.connect(UpstreamConfig.builder(registry.url()).clock(new ManualClock()).build());

  /** The first token is held back until the test says so. */
  private MockResponse issue(RecordedRequest request) throws InterruptedException {
    if (issued.incrementAndGet() == 1) {
      asked.countDown();
      release.await(30, TimeUnit.SECONDS);
    }
    return tokenAnswer;
  }

  private MockResponse answer(RecordedRequest request) {
    String offered = request.getHeaders().get("Authorization");
    if (offered != null && !offered.equals(accepted) && refusal != 0) {
      return Samples.status(refusal);
    }
    return accepted.equals(offered)
        ? Samples.manifestAnswer()
        : Samples.challenge("Bearer realm=\"" + tokens.url() + "/token\"");
  }

  @AfterEach
  void stop() {
    release.countDown();
    upstream.close();
    registry.close();
    tokens.close();
  }

  private <T> FutureTask<T> run(Callable<T> call) {
    FutureTask<T> task = new FutureTask<>(call);
    Thread thread = new Thread(task);
    threads.add(thread);
    thread.start();
    return task;
  }

  private <T> List<FutureTask<T>> runAll(Callable<T> call) {
    List<FutureTask<T>> tasks = new ArrayList<>();
    for (int i = 0; i < CALLERS; i++) {
      tasks.add(run(call));
    }
    return tasks;
  }

  /** Waits until all but the first, which is on the network, wait for it. */
  private void awaitFollowers() {
    Instant deadline = Instant.now().plus(Duration.ofSeconds(30));
    List<Thread> followers = threads.subList(1, threads.size());
    while (!followers.stream().allMatch(t -> t.getState() == Thread.State.WAITING)) {
      assertThat(Instant.now()).isBefore(deadline);
      Thread.onSpinWait();
    }
  }

  private static <T> T result(FutureTask<T> task) throws Exception {
    return task.get(30, TimeUnit.SECONDS);
  }

  @Test
  void makeOneTokenRequest() throws Exception {
    FutureTask<UpstreamManifest> first = run(() -> upstream.manifest(ALPINE, LATEST));
    asked.await();
    List<FutureTask<UpstreamManifest>> others = runAll(() -> upstream.manifest(ALPINE, LATEST));
    awaitFollowers();
    release.countDown();

    assertThat(result(first).digest()).isEqualTo(Samples.MANIFEST_DIGEST);
    for (FutureTask<UpstreamManifest> other : others) {
      assertThat(result(other).digest()).isEqualTo(Samples.MANIFEST_DIGEST);
    }
    assertThat(issued).hasValue(1);
  }

  @Test
  void shareItsFailureAndALaterRequestTriesAgain() throws Exception {
    tokenAnswer = Samples.status(500, "down");
    Callable<RegistryException> failing = () -> failure(() -> upstream.manifest(ALPINE, LATEST));
    FutureTask<RegistryException> first = run(failing);
    asked.await();
    List<FutureTask<RegistryException>> others = runAll(failing);
    awaitFollowers();
    release.countDown();

    assertThat(result(first)).hasMessageContaining("down");
    for (FutureTask<RegistryException> other : others) {
      assertThat(result(other).code()).isEqualTo(ErrorCode.BAD_GATEWAY);
    }
    assertThat(issued).hasValue(1);

    tokenAnswer = Samples.status(200, "{\"token\":\"good\"}");
    upstream.manifest(ALPINE, LATEST);
    assertThat(issued).hasValue(2);
  }

  @Test
  void renewARefusedTokenOnce() throws Exception {
    release.countDown();
    upstream.manifest(ALPINE, LATEST);
    tokenAnswer = Samples.status(200, "{\"token\":\"better\"}");
    accepted = "Bearer better";

    for (FutureTask<UpstreamManifest> call : runAll(() -> upstream.manifest(ALPINE, LATEST))) {
      assertThat(result(call).digest()).isEqualTo(Samples.MANIFEST_DIGEST);
    }

    assertThat(issued).hasValue(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 403})
  void renewATokenOnceThatIsRefusedWithoutAChallenge(int status) throws Exception {
    release.countDown();
    upstream.manifest(ALPINE, LATEST);
    tokenAnswer = Samples.status(200, "{\"token\":\"better\"}");
    accepted = "Bearer better";
    refusal = status;

    for (FutureTask<UpstreamManifest> call : runAll(() -> upstream.manifest(ALPINE, LATEST))) {
      assertThat(result(call).digest()).isEqualTo(Samples.MANIFEST_DIGEST);
    }

    assertThat(issued).hasValue(2);
  }

  @Test
  void areNotAffectedByTheInterruptionOfTheLeader() throws Exception {
    FutureTask<RegistryException> first =
        run(() -> failure(() -> upstream.manifest(ALPINE, LATEST)));
    asked.await();
    List<FutureTask<UpstreamManifest>> others = runAll(() -> upstream.manifest(ALPINE, LATEST));
    awaitFollowers();
    threads.get(0).interrupt();
    release.countDown();

    assertThat(result(first).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    for (FutureTask<UpstreamManifest> other : others) {
      assertThat(result(other).digest()).isEqualTo(Samples.MANIFEST_DIGEST);
    }
    assertThat(issued).hasValueLessThanOrEqualTo(2);
  }
}
