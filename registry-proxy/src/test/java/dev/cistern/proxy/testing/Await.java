package dev.cistern.proxy.testing;

import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.internal.fetch.BlobFetches;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits with a deadline that only a hung test or an overloaded machine reaches. */
public final class Await {

  /** How long anything may take. */
  public static final Duration DEADLINE = Duration.ofSeconds(60);

  private Await() {}

  /** What the stage completes with. */
  public static <V> V value(CompletionStage<V> stage) {
    try {
      return get(stage);
    } catch (ExecutionException e) {
      throw new AssertionError("failed: " + e.getCause(), e.getCause());
    }
  }

  /** The failure that the stage completes with. */
  public static RegistryException failure(CompletionStage<?> stage) {
    try {
      throw new AssertionError("did not fail: " + get(stage));
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      while (cause instanceof CompletionException && cause.getCause() != null) {
        cause = cause.getCause();
      }
      if (cause instanceof RegistryException failure) {
        return failure;
      }
      throw new AssertionError("failed otherwise: " + cause, cause);
    }
  }

  private static <V> V get(CompletionStage<V> stage) throws ExecutionException {
    try {
      return stage.toCompletableFuture().get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | InterruptedException e) {
      throw new AssertionError("did not complete", e);
    }
  }

  /** Returns when the condition holds. What it throws is a failure of the test. */
  public static void until(Callable<Boolean> condition) {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    try {
      while (!condition.call()) {
        if (System.nanoTime() > deadline) {
          throw new AssertionError("this did not come true in " + DEADLINE);
        }
        Thread.onSpinWait();
      }
    } catch (Exception e) {
      throw new AssertionError("it cannot be known whether this came true", e);
    }
  }

  /**
   * Returns when storage serves the blob, and its size is counted. A fetch still serves it for a
   * moment after it was stored.
   */
  public static void stored(PullThroughCache cache, RepositoryName repository, Digest digest) {
    until(() -> !isServedByFetch(cache, repository, digest));
  }

  private static boolean isServedByFetch(
      PullThroughCache cache, RepositoryName repository, Digest digest) {
    try (BlobContent content = value(cache.blob(repository, digest))) {
      return content.getClass().getPackage().equals(BlobFetches.class.getPackage());
    }
  }

  /** Returns when so many blobs and manifests are stored and counted. */
  public static void contents(PullThroughCache cache, long count) {
    until(() -> cache.diskUsage().contents() == count);
  }

  /** Returns when the latch has reached zero. */
  public static void latch(CountDownLatch latch) {
    try {
      if (!latch.await(DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("still waiting for " + latch.getCount());
      }
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }
}
