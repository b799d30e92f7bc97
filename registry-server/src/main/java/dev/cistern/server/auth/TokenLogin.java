package dev.cistern.server.auth;

import dev.cistern.server.config.AuthConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Checks tokens, each once until it expires or the keys change. Never blocks. Thread-safe. Tokens
 * that are not valid are limited for each network, so that no client keeps the threads busy, and
 * networks take turns with their checks.
 */
final class TokenLogin {

  /** In bytes: a token and what it allows may be long. */
  private static final long MOST_VERIFIED = Runtime.getRuntime().maxMemory() / 128;

  /** Small against the heap: each takes about 200 bytes. */
  private static final int MOST_NETWORKS =
      (int) Math.min(10_000, Runtime.getRuntime().maxMemory() >> 14);

  private static final int ATTEMPTS = 100;
  private static final Duration INTERVAL = Duration.ofMillis(100);

  /** Half of what may wait in all, so that there is room for other networks. */
  private static final int WAITING_OF_NETWORK = 50;

  /** A token with many scopes has a few kilobytes. */
  private static final int LONGEST = 32 << 10;

  /** A valid token, with the keys by which it was verified. */
  private record Verified(TrustedKeys certificates, TrustedKeys keySet, Grant grant, int length) {

    /** The grant has what the token says, in objects of its own. */
    long bytes() {
      return 512 + 4L * length;
    }
  }

  /** What came of a token. */
  sealed interface Result {
    /** It is valid. */
    record Valid(Grant grant) implements Result {}

    /**
     * It is not valid.
     *
     * @param reason for the client and the operator
     */
    record Invalid(String reason) implements Result {}

    /** It was not checked; wait before the next attempt. */
    record Postponed(Duration delay) implements Result {}
  }

  private final TokenVerifier verifier;
  private final Keys certificates;
  private final Keys keySet;
  private final Turns turns;
  private final InstantSource clock;
  private final AttemptLimit<String> limit;
  private final BoundedMap<CredentialKey, Verified> verified =
      new BoundedMap<>(MOST_VERIFIED, Verified::bytes);

  private interface Keys {
    TrustedKeys now();
  }

  private TokenLogin(
      AuthConfig.Token config,
      Keys certificates,
      Keys keySet,
      AuthThreads threads,
      InstantSource clock) {
    this.verifier = new TokenVerifier(config, clock);
    this.certificates = certificates;
    this.keySet = keySet;
    this.turns = new Turns(threads, WAITING_OF_NETWORK);
    this.clock = clock;
    this.limit = new AttemptLimit<>(ATTEMPTS, INTERVAL, MOST_NETWORKS, System::nanoTime);
  }

  /**
   * Reads the keys, and watches their files from now on.
   *
   * @throws IOException if a file is not usable; the message is for the operator
   */
  static TokenLogin open(AuthConfig.Token config, AuthThreads threads, InstantSource clock)
      throws IOException {
    return new TokenLogin(
        config,
        keys(
            "auth.token.rootcertbundle",
            config.rootCertBundle(),
            TrustedKeys::certificates,
            threads),
        keys("auth.token.jwks", config.jwks(), TrustedKeys::keySet, threads),
        threads,
        clock);
  }

  private static Keys keys(
      String key, Optional<Path> path, WatchedFile.Reader<TrustedKeys> reader, AuthThreads threads)
      throws IOException {
    if (path.isEmpty()) {
      return () -> TrustedKeys.NONE;
    }
    WatchedFile<TrustedKeys> file = WatchedFile.open(key, path.get(), reader);
    threads.watch(file);
    return file::value;
  }

  /** What a token allows that was verified before and is still valid. */
  Optional<Grant> known(CredentialKey key) {
    @Nullable Verified known = verified.get(key);
    return known != null
            && known.certificates().equals(certificates.now())
            && known.keySet().equals(keySet.now())
            && clock.instant().isBefore(known.grant().expires())
        ? Optional.of(known.grant())
        : Optional.empty();
  }

  /**
   * Checks a token.
   *
   * @param network from which it comes
   */
  CompletionStage<Result> check(String token, CredentialKey key, String network) {
    if (token.length() > LONGEST) {
      return CompletableFuture.completedStage(new Result.Invalid("it is longer than 32 KiB"));
    }
    Optional<Duration> wait = limit.take(network);
    if (wait.isPresent()) {
      return CompletableFuture.completedStage(new Result.Postponed(wait.get()));
    }
    CompletableFuture<Result> result = new CompletableFuture<>();
    try {
      turns.execute(network, () -> verify(token, key, network, result));
    } catch (RejectedExecutionException e) {
      limit.giveBack(network);
      result.complete(new Result.Postponed(INTERVAL));
    }
    return result;
  }

  private void verify(
      String token, CredentialKey key, String network, CompletableFuture<Result> result) {
    TrustedKeys issuers = certificates.now();
    TrustedKeys keys = keySet.now();
    Result end = new Result.Invalid("it could not be checked");
    try {
      Grant grant = verifier.verify(token, List.of(issuers, keys));
      limit.giveBack(network);
      verified.put(key, new Verified(issuers, keys, grant, token.length()));
      end = new Result.Valid(grant);
    } catch (InvalidTokenException e) {
      end = new Result.Invalid(String.valueOf(e.getMessage()));
    } finally {
      result.complete(end);
    }
  }
}
