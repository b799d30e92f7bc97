package dev.cistern.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PasswordLoginTest {

  private final AuthThreads threads = new AuthThreads();
  private final AtomicLong now = new AtomicLong();
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private final PasswordFile passwords;

  PasswordLoginTest(@TempDir Path directory) throws IOException {
    Path path = directory.resolve("htpasswd");
    Files.writeString(path, Hashes.line("alice", "a") + Hashes.line("bob", "b"));
    passwords = PasswordFile.open("auth.htpasswd.path", path, threads);
  }

  @AfterEach
  void stop() {
    threads.close();
  }

  private PasswordLogin login() {
    return new PasswordLogin(passwords, waiting::add, now::get);
  }

  private static CompletionStage<Verdict> check(
      PasswordLogin login, String network, String user, String password) {
    return check(login, network, user, password, () -> true);
  }

  private static CompletionStage<Verdict> check(
      PasswordLogin login, String network, String user, String password, BooleanSupplier interest) {
    BasicCredentials credentials =
        new BasicCredentials(user, password.getBytes(StandardCharsets.UTF_8));
    return login.check(credentials, CredentialKey.of(credentials), network, interest);
  }

  private Verdict verdict(CompletionStage<Verdict> stage) {
    while (!waiting.isEmpty()) {
      waiting.remove().run();
    }
    return stage.toCompletableFuture().join();
  }

  @Test
  void theSameCredentialsAtOnceAreOneCheck() {
    PasswordLogin login = login();

    CompletionStage<Verdict> first = check(login, "10.0.0.1", "alice", "a");
    CompletionStage<Verdict> second = check(login, "10.0.0.2", "alice", "a");

    assertThat(waiting).hasSize(1);
    assertThat(verdict(first)).isEqualTo(new Verdict.Accepted());
    assertThat(verdict(second)).isEqualTo(new Verdict.Accepted());
  }

  @Test
  void guessesOnOneUserLeaveTheOthersOfTheNetworkAlone() {
    PasswordLogin login = login();
    for (int i = 0; i < 10; i++) {
      assertThat(verdict(check(login, "10.0.0.1", "alice", "guess" + i)))
          .isEqualTo(new Verdict.Refused());
    }

    assertThat(verdict(check(login, "10.0.0.1", "alice", "a")))
        .isEqualTo(new Verdict.Postponed(Duration.ofSeconds(10)));
    assertThat(verdict(check(login, "10.0.0.1", "bob", "b"))).isEqualTo(new Verdict.Accepted());
    assertThat(verdict(check(login, "10.0.0.2", "alice", "a"))).isEqualTo(new Verdict.Accepted());

    now.addAndGet(Duration.ofSeconds(10).toNanos());
    assertThat(verdict(check(login, "10.0.0.1", "alice", "a"))).isEqualTo(new Verdict.Accepted());
  }

  @Test
  void guessesAtManyNamesUseUpWhatANetworkHas() {
    PasswordLogin login = login();
    for (int i = 0; i < 100; i++) {
      assertThat(verdict(check(login, "10.0.0.1", "name" + i, "x")))
          .isEqualTo(new Verdict.Refused());
    }

    assertThat(verdict(check(login, "10.0.0.1", "name", "x")))
        .isEqualTo(new Verdict.Postponed(Duration.ofSeconds(1)));
    assertThat(verdict(check(login, "10.0.0.2", "name", "x"))).isEqualTo(new Verdict.Refused());
  }

  @Test
  void whenTooManyChecksWaitAnAttemptIsPutOffAndDoesNotCount() {
    PasswordLogin login =
        new PasswordLogin(
            passwords,
            check -> {
              throw new RejectedExecutionException();
            },
            now::get);

    for (int i = 0; i < 50; i++) {
      assertThat(verdict(check(login, "10.0.0.1", "alice", "a")))
          .isEqualTo(new Verdict.Postponed(Duration.ofSeconds(1)));
    }
  }

  @Test
  void guessesThatWaitDelayAnotherNetworkByOneCheck() {
    PasswordLogin login = login();
    List<CompletionStage<Verdict>> guesses = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      guesses.add(check(login, "10.0.0.1", "name" + i, "x"));
    }
    CompletionStage<Verdict> right = check(login, "10.0.0.2", "alice", "a");

    assertThat(waiting).hasSize(51);
    assertThat(guesses.subList(50, 100))
        .allSatisfy(
            late ->
                assertThat(late.toCompletableFuture())
                    .isCompletedWithValue(new Verdict.Postponed(Duration.ofSeconds(1))));
    waiting.remove().run();
    waiting.remove().run();
    assertThat(right.toCompletableFuture()).isCompletedWithValue(new Verdict.Accepted());

    assertThat(verdict(guesses.get(49))).isEqualTo(new Verdict.Refused());
  }

  @Test
  void aCheckThatNoClientWaitsForIsDroppedBeforeItStartsAndIsNoAttempt() {
    PasswordLogin login = login();
    for (int i = 0; i < 50; i++) {
      CompletionStage<Verdict> left = check(login, "10.0.0.1", "alice", "x" + i, () -> false);

      assertThat(verdict(left)).isEqualTo(new Verdict.Postponed(Duration.ofSeconds(1)));
    }

    assertThat(verdict(check(login, "10.0.0.1", "alice", "a"))).isEqualTo(new Verdict.Accepted());
  }

  @Test
  void aCheckGoesOnWhileOneOfItsClientsWaits() {
    PasswordLogin login = login();
    CompletionStage<Verdict> left = check(login, "10.0.0.1", "alice", "a", () -> false);
    CompletionStage<Verdict> waits = check(login, "10.0.0.2", "alice", "a");

    assertThat(verdict(waits)).isEqualTo(new Verdict.Accepted());
    assertThat(verdict(left)).isEqualTo(new Verdict.Accepted());
  }
}
