package dev.cistern.server.auth;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Checks passwords, and slows down those who guess. Never blocks. Thread-safe.
 *
 * <p>A password that was right before is accepted at once, so that the bad attempts of others from
 * the same address lock out no user who has logged in. Other attempts are limited twice: those on
 * one user from one network, and, more generously, all from one network. So a client that guesses a
 * user's password behind a NAT takes no attempts from the other users, until guesses at many names
 * have used up what the network has. A right password takes no attempt; requests that bring the
 * same credentials at the same time are one attempt. Networks take turns with their checks.
 */
final class PasswordLogin {

  /** Small against the heap: each takes about 200 bytes. */
  private static final int MOST_NETWORKS =
      (int) Math.min(10_000, Runtime.getRuntime().maxMemory() >> 14);

  private static final int ATTEMPTS_ON_USER = 10;
  private static final Duration INTERVAL_ON_USER = Duration.ofSeconds(10);
  private static final int ATTEMPTS = 100;
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /** Half of what may wait in all, so that there is room for other networks. */
  private static final int WAITING_OF_NETWORK = 50;

  /** When too many checks wait. */
  private static final Duration BUSY = Duration.ofSeconds(1);

  private record Target(String network, String user) {}

  /** A check that waits or runs, for all requests with the same credentials. */
  private static final class Check {
    private final CompletableFuture<Verdict> verdict = new CompletableFuture<>();

    /** Of the clients that asked. Changed only while the map that has this check is. */
    private final List<BooleanSupplier> interests = new ArrayList<>();

    boolean isWanted() {
      return interests.stream().anyMatch(BooleanSupplier::getAsBoolean);
    }
  }

  private final PasswordFile passwords;
  private final Turns turns;
  private final AttemptLimit<Target> onUser;
  private final AttemptLimit<String> onAll;
  private final ConcurrentHashMap<CredentialKey, Check> inProgress = new ConcurrentHashMap<>();

  PasswordLogin(PasswordFile passwords, Executor threads, LongSupplier nanos) {
    this.passwords = passwords;
    turns = new Turns(threads, WAITING_OF_NETWORK);
    onUser = new AttemptLimit<>(ATTEMPTS_ON_USER, INTERVAL_ON_USER, MOST_NETWORKS, nanos);
    onAll = new AttemptLimit<>(ATTEMPTS, INTERVAL, MOST_NETWORKS, nanos);
  }

  /** Whether a password was right before. */
  boolean hasVerified(CredentialKey key) {
    return passwords.hasVerified(key);
  }

  /**
   * Checks a password.
   *
   * @param key of the credentials
   * @param network from which they come
   * @param interest whether the client still waits; if none does when the turn of the check comes,
   *     it is dropped
   */
  CompletionStage<Verdict> check(
      BasicCredentials credentials, CredentialKey key, String network, BooleanSupplier interest) {
    Check own = new Check();
    Check check =
        inProgress.compute(
            key,
            (same, known) -> {
              Check joined = known == null ? own : known;
              joined.interests.add(interest);
              return joined;
            });
    if (check == own) {
      begin(credentials, key, network, own);
    }
    return check.verdict;
  }

  private void begin(BasicCredentials credentials, CredentialKey key, String network, Check check) {
    Target target = new Target(network, shortened(credentials.user()));
    Optional<Duration> wait = take(target);
    if (wait.isPresent()) {
      settle(key, check, new Verdict.Postponed(wait.get()));
      return;
    }
    try {
      turns.execute(network, () -> verify(credentials, key, target, check));
    } catch (RejectedExecutionException e) {
      postpone(key, target, check);
    }
  }

  private void postpone(CredentialKey key, Target target, Check check) {
    giveBack(target);
    settle(key, check, new Verdict.Postponed(BUSY));
  }

  private void verify(BasicCredentials credentials, CredentialKey key, Target target, Check check) {
    if (isDropped(key, check)) {
      postpone(key, target, check);
      return;
    }
    boolean right = false;
    try {
      right = passwords.verify(credentials);
    } finally {
      if (right) {
        giveBack(target);
      }
      settle(key, check, right ? new Verdict.Accepted() : new Verdict.Refused());
    }
  }

  /** Drops a check that no client waits for. A client that comes later begins another one. */
  private boolean isDropped(CredentialKey key, Check check) {
    return inProgress.computeIfPresent(key, (same, known) -> check.isWanted() ? known : null)
        == null;
  }

  private void settle(CredentialKey key, Check check, Verdict result) {
    inProgress.remove(key, check);
    check.verdict.complete(result);
  }

  private Optional<Duration> take(Target target) {
    Optional<Duration> wait = onUser.take(target);
    if (wait.isPresent()) {
      return wait;
    }
    Optional<Duration> longer = onAll.take(target.network());
    if (longer.isPresent()) {
      onUser.giveBack(target);
    }
    return longer;
  }

  private void giveBack(Target target) {
    onUser.giveBack(target);
    onAll.giveBack(target.network());
  }

  /** What is remembered must be bounded, too. */
  private static String shortened(String user) {
    return user.length() <= 64 ? user : user.substring(0, 64);
  }
}
