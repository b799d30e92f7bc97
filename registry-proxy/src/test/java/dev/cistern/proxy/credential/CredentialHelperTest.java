package dev.cistern.proxy.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.cistern.proxy.testing.ManualClock;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Credentials from a program, run as a real process. */
@Timeout(60)
class CredentialHelperTest {

  private static final URI REGISTRY = URI.create("https://registry.example.com:8443/path");
  private static final Credentials JANE = new Credentials("jane", "hunter2");
  private static final Credentials JANE_LATER = new Credentials("jane", "hunter3");

  private final Path directory;
  private final ManualClock clock = new ManualClock();

  CredentialHelperTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private CredentialHelper helper(HelperScript script, Optional<Duration> lifetime) {
    return helper(script, lifetime, Duration.ofSeconds(30));
  }

  private CredentialHelper helper(
      HelperScript script, Optional<Duration> lifetime, Duration timeout) {
    return new CredentialHelper(
        new HelperProgram(script.command(), timeout),
        RegistryKeys.of(REGISTRY),
        lifetime.orElse(null),
        clock);
  }

  @Test
  void getsTheRegistrysHostAndPort() throws IOException {
    HelperScript script = HelperScript.giving(directory, "jane", "hunter2");

    assertThat(CredentialHelper.of(script.command(), REGISTRY).credentials()).contains(JANE);
    assertThat(script.runs()).containsExactly("get registry.example.com:8443");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"https://registry-1.docker.io", "https://docker.io", "https://index.docker.io"})
  void getsDockerHubsNameOfDockerAndThenOfDistribution(URI hub) throws IOException {
    HelperScript script =
        HelperScript.in(
            directory,
            "[ $server = registry-1.docker.io ] || "
                + "{ echo credentials not found in native keychain; exit 1; }\n"
                + HelperScript.answer("jane", "hunter2"));

    assertThat(CredentialHelper.of(script.command(), hub).credentials()).contains(JANE);
    assertThat(script.runs())
        .containsExactly("get https://index.docker.io/v1/", "get registry-1.docker.io");
  }

  @Test
  void isRunOnceByDefault() throws IOException {
    HelperScript script = HelperScript.giving(directory, "jane", "hunter2");
    CredentialSource helper = helper(script, Optional.empty());

    helper.credentials();
    clock.advance(Duration.ofDays(365));

    assertThat(helper.credentials()).contains(JANE);
    assertThat(script.runs()).hasSize(1);
  }

  @Test
  void isRunAgainWhenItsAnswerIsTooOld() throws IOException {
    HelperScript script = HelperScript.giving(directory, "jane", "hunter2");
    CredentialSource helper = helper(script, Optional.of(Duration.ofHours(1)));
    helper.credentials();
    script.rewrite(HelperScript.answer("jane", "hunter3"));

    clock.advance(Duration.ofMinutes(59));
    assertThat(helper.credentials()).contains(JANE);
    clock.advance(Duration.ofMinutes(1));
    assertThat(helper.credentials()).contains(JANE_LATER);
  }

  @Test
  void isRunEachTimeWithALifetimeOfZero() throws IOException {
    HelperScript script = HelperScript.giving(directory, "jane", "hunter2");
    CredentialSource helper =
        CredentialHelper.of(script.command(), REGISTRY).lasting(Duration.ZERO);

    helper.credentials();
    helper.credentials();

    assertThat(script.runs()).hasSize(2);
  }

  @Test
  void isRunAgainAfterARefusalButNotTooOften() throws IOException {
    HelperScript script = HelperScript.giving(directory, "jane", "hunter2");
    CredentialSource helper = helper(script, Optional.empty());
    helper.credentials();
    script.rewrite(HelperScript.answer("jane", "hunter3"));

    assertThat(helper.credentialsAfter(JANE)).contains(JANE);
    assertThat(script.runs()).hasSize(1);
    clock.advance(CredentialHelper.MIN_PAUSE);
    assertThat(helper.credentialsAfter(JANE)).contains(JANE_LATER);
    assertThat(helper.credentials()).contains(JANE_LATER);
    assertThat(script.runs()).hasSize(2);
  }

  @Test
  void isNotRunForRefusedCredentialsThatAreReplacedAlready() throws IOException {
    HelperScript script = HelperScript.giving(directory, "jane", "hunter3");
    CredentialSource helper = helper(script, Optional.empty());
    helper.credentials();
    clock.advance(Duration.ofHours(1));

    assertThat(helper.credentialsAfter(JANE)).contains(JANE_LATER);
    assertThat(script.runs()).hasSize(1);
  }

  @Test
  void isRunOnceForSimultaneousCallers() throws Exception {
    Path gate = directory.resolve("gate");
    HelperScript script =
        HelperScript.in(
            directory,
            "while [ ! -e %s ]; do sleep 0.05; done\n".formatted(gate)
                + HelperScript.answer("jane", "hunter2"));
    CredentialSource helper = helper(script, Optional.of(Duration.ZERO));
    ExecutorService callers = Executors.newFixedThreadPool(8);
    try {
      List<Thread> waiting = new ArrayList<>();
      List<Future<Optional<Credentials>>> answers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        Callable<Optional<Credentials>> call =
            () -> {
              synchronized (waiting) {
                waiting.add(Thread.currentThread());
              }
              return helper.credentials();
            };
        answers.add(callers.submit(call));
      }
      awaitAllWaiting(waiting, 8);
      Files.createFile(gate);

      for (Future<Optional<Credentials>> answer : answers) {
        assertThat(answer.get(30, TimeUnit.SECONDS)).contains(JANE);
      }
      assertThat(script.runs()).hasSize(1);
    } finally {
      callers.shutdownNow();
    }
  }

  private static void awaitAllWaiting(List<Thread> threads, int count) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (System.nanoTime() < deadline) {
      synchronized (threads) {
        if (threads.size() == count
            && threads.stream().allMatch(t -> t.getState() == Thread.State.WAITING)) {
          return;
        }
      }
      Thread.onSpinWait();
    }
    throw new AssertionError("not all came to wait");
  }

  @Test
  void makesAccessAnonymousWhenItKnowsNoneAndIsAskedAgainAfterAMinute() throws IOException {
    HelperScript script =
        HelperScript.in(directory, "echo credentials not found in native keychain; exit 1");
    CredentialSource helper = helper(script, Optional.empty());

    assertThat(helper.credentials()).isEmpty();
    assertThat(helper.credentials()).isEmpty();
    assertThat(script.runs()).hasSize(1);
    script.rewrite(HelperScript.answer("jane", "hunter2"));
    clock.advance(Duration.ofMinutes(1));
    assertThat(helper.credentials()).contains(JANE);
  }

  @Test
  void givesIdentityTokens() throws IOException {
    HelperScript script = HelperScript.giving(directory, "<token>", "opaque");

    assertThat(helper(script, Optional.empty()).credentials())
        .contains(Credentials.identityToken("opaque"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "echo hunter2; exit 3 | failed with exit code 3",
        "echo hunter2 | did not answer with JSON",
        "echo '\"hunter2\"' | anonymous",
        "echo '{\"Username\":\"jane\"}' | answered without Secret",
        "echo '{\"Secret\":\"hunter2\"}' | answered without Username",
        "echo '{\"Username\":\"ja:ne\",\"Secret\":\"hunter2\"}' | returned invalid credentials",
        "printf %s '{\"Username\":\"jane\",\"Secret\":\"hunter2\\n\"}' | returned invalid credentials",
        "yes hunter2 | wrote more than 65536 bytes",
      })
  void itsInvalidOutputIsNotInTheMessage(String body, String problem) throws IOException {
    HelperScript script = HelperScript.in(directory, body);
    CredentialSource helper = helper(script, Optional.empty());
    if (problem.equals("anonymous")) {
      assertThat(helper.credentials()).isEmpty();
      return;
    }

    Throwable failure = catchThrowable(helper::credentials);

    assertThat(failure).isInstanceOf(IOException.class).hasMessageContaining(problem);
    StringWriter all = new StringWriter();
    failure.printStackTrace(new PrintWriter(all, true));
    assertThat(all.toString()).doesNotContain("hunter2");
  }

  @Test
  void isRunAgainAfterAFailure() throws IOException {
    HelperScript script = HelperScript.in(directory, "exit 1");
    CredentialSource helper = helper(script, Optional.empty());
    assertThatIOException().isThrownBy(helper::credentials);

    script.rewrite(HelperScript.answer("jane", "hunter2"));

    assertThat(helper.credentials()).contains(JANE);
  }

  @Test
  void isKilledWithItsChildrenWhenItTakesTooLong() throws Exception {
    Path child = directory.resolve("child");
    HelperScript script =
        HelperScript.in(directory, "sleep 600 &\necho $! > %s\nwait".formatted(child));
    CredentialSource helper = helper(script, Optional.empty(), Duration.ofSeconds(2));

    assertThatIOException()
        .isThrownBy(helper::credentials)
        .withMessageContaining("did not end within 2 s");

    long pid = Long.parseLong(Files.readString(child).strip());
    Optional<ProcessHandle> left = ProcessHandle.of(pid);
    if (left.isPresent()) {
      left.get().onExit().get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void needNotReadItsInput() throws IOException {
    Path script =
        Files.writeString(
            directory.resolve("deaf"),
            "#!/bin/sh\nexec 0<&-\n" + HelperScript.answer("jane", "hunter2") + "\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();

    assertThat(CredentialHelper.of(script.toString(), REGISTRY).credentials()).contains(JANE);
  }

  @Test
  void isNamedWhenItDoesNotExist() {
    String missing = directory.resolve("missing").toString();

    assertThatIOException()
        .isThrownBy(() -> CredentialHelper.of(missing, REGISTRY).credentials())
        .withMessageContaining(missing);
  }

  @Test
  void isRunWithoutAShell() {
    assertThatIOException()
        .isThrownBy(() -> CredentialHelper.of("echo hunter2; true", REGISTRY).credentials())
        .withMessageContaining("cannot be run");
  }

  @Test
  void noTextShowsASecret() throws IOException {
    HelperScript script = HelperScript.giving(directory, "jane", "hunter2");
    CredentialSource helper = helper(script, Optional.empty());
    helper.credentials();

    assertThat(helper.toString()).contains("docker-credential-test").doesNotContain("hunter2");
    assertThat(new HelperProgram.Output(0, "hunter2").toString()).doesNotContain("hunter2");
  }
}
