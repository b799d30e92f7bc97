package dev.cistern.proxy.credential;

import dev.cistern.proxy.internal.concurrent.SingleFlight;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Credentials from a program that speaks the {@code get} protocol of Docker's credential helpers.
 *
 * <p>Its answer is remembered: forever by default, as Distribution does, or for a lifetime. When
 * the upstream refuses the credentials, the program is run again, but not within ten seconds of the
 * last run. Callers that need credentials while the program runs wait for that run. When the
 * program has no credentials, access is anonymous, which is remembered for at most a minute. A
 * failure, or a run of more than 30 seconds, is an error and is not remembered. Thread-safe.
 */
public final class CredentialHelper implements CredentialSource {

  static final Duration TIMEOUT = Duration.ofSeconds(30);
  static final Duration MIN_PAUSE = Duration.ofSeconds(10);
  private static final Duration ANONYMOUS_LIFETIME = Duration.ofMinutes(1);

  private record Remembered(Optional<Credentials> credentials, Instant since) {
    Duration age(Instant now) {
      // abs, so that credentials expire even if the clock was set back.
      return Duration.between(since, now).abs();
    }
  }

  private final HelperProgram program;
  private final RegistryKeys keys;
  private final @Nullable Duration lifetime;
  private final InstantSource clock;

  private final SingleFlight<RegistryKeys, Remembered> runs = new SingleFlight<>();
  private @Nullable Remembered remembered; // guarded by this

  CredentialHelper(
      HelperProgram program, RegistryKeys keys, @Nullable Duration lifetime, InstantSource clock) {
    this.program = program;
    this.keys = keys;
    this.lifetime = lifetime;
    this.clock = clock;
  }

  /**
   * A helper that is run once, and again only when the upstream refuses its credentials.
   *
   * @param command the name or path of a program; run without a shell, with the argument {@code
   *     get}
   * @param registry the registry whose credentials to request: by host and port, or for Docker Hub
   *     by {@code https://index.docker.io/v1/}, then {@code registry-1.docker.io}
   */
  public static CredentialHelper of(String command, URI registry) {
    return new CredentialHelper(
        new HelperProgram(command, TIMEOUT),
        RegistryKeys.of(registry),
        null,
        InstantSource.system());
  }

  /**
   * The same helper, which is run again when its answer is older than this.
   *
   * @param lifetime zero: run it each time that credentials are needed
   */
  public CredentialHelper lasting(Duration lifetime) {
    return new CredentialHelper(program, keys, lifetime, clock);
  }

  @Override
  public Optional<Credentials> credentials() throws IOException {
    CompletionStage<Remembered> run;
    synchronized (this) {
      if (remembered != null && isGood(remembered)) {
        return remembered.credentials();
      }
      run = run();
    }
    return result(run);
  }

  @Override
  public Optional<Credentials> credentialsAfter(Credentials refused) throws IOException {
    CompletionStage<Remembered> run;
    synchronized (this) {
      Remembered last = remembered;
      if (last != null
          && (!last.credentials().equals(Optional.of(refused))
              || last.age(clock.instant()).compareTo(MIN_PAUSE) < 0)) {
        return last.credentials();
      }
      run = run();
    }
    return result(run);
  }

  private boolean isGood(Remembered last) {
    Duration age = last.age(clock.instant());
    if (last.credentials().isEmpty() && age.compareTo(ANONYMOUS_LIFETIME) >= 0) {
      return false;
    }
    return lifetime == null || age.compareTo(lifetime) < 0;
  }

  /**
   * Joins the run in progress, or starts one on a thread of its own, which the interruption of a
   * caller does not end. To be called while {@code remembered} is locked: a run sets it before it
   * ends, so no caller starts a run because of what an earlier run has just replaced.
   */
  private CompletionStage<Remembered> run() {
    return runs.join(
            keys,
            () -> {
              CompletableFuture<Remembered> run = new CompletableFuture<>();
              Thread thread = new Thread(() -> run(run), "cistern-credential-helper");
              thread.setDaemon(true);
              thread.start();
              return run;
            })
        .result();
  }

  private void run(CompletableFuture<Remembered> run) {
    try {
      Remembered found = new Remembered(ask(), clock.instant());
      synchronized (this) {
        remembered = found;
      }
      run.complete(found);
    } catch (Throwable e) {
      // Every kind, because callers would wait forever for a run that does not complete.
      run.completeExceptionally(e);
    }
  }

  private Optional<Credentials> ask() throws IOException {
    for (String serverUrl : keys.serverUrls()) {
      Optional<Credentials> found = HelperAnswer.read(program, program.get(serverUrl));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<Credentials> result(CompletionStage<Remembered> run) throws IOException {
    try {
      return run.toCompletableFuture().get().credentials();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for the credential helper");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        // A new exception for each caller, because callers may add suppressed exceptions.
        throw new IOException(failure.getMessage(), failure);
      }
      throw new IllegalStateException("the credential helper could not be run", e.getCause());
    }
  }

  @Override
  public String toString() {
    return "CredentialHelper[" + program.command() + "]";
  }
}
