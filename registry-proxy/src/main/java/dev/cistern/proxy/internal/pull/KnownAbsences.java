package dev.cistern.proxy.internal.pull;

import dev.cistern.api.ErrorCode;
import dev.cistern.proxy.internal.memory.Bytes;
import dev.cistern.proxy.internal.memory.PooledCache;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.proxy.upstream.UpstreamException.Kind;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * The manifests and tags that an upstream does not have, by its last answer. While it does not
 * answer, that answer is given again, marked as stale: the check of a signature asks for tags that
 * do not exist, and must not fail where the image itself is cached. Only the upstream's own 404 is
 * remembered, and its next answer replaces it. Thread-safe.
 *
 * <p>In memory only, and limited: what is forgotten is an error of the upstream again.
 */
final class KnownAbsences {

  private record Absence(ErrorCode code, Instant time) {}

  private final InstantSource clock;
  private final PooledCache<Target, Absence> absences =
      new PooledCache<>(
          (target, absence) -> Bytes.of(target.text()) + 4 * Bytes.DIGEST + Bytes.RECORD);

  KnownAbsences(InstantSource clock) {
    this.clock = clock;
  }

  /** The upstream has answered with content. */
  void answered(Target target) {
    absences.remove(target);
  }

  /**
   * The failure to report for a failed call: this one, or that the content did not exist before.
   */
  UpstreamException failed(Target target, UpstreamException failure) {
    if (failure.kind() == Kind.ABSENT) {
      remember(target, failure);
      return failure;
    }
    return isAnswer(failure.kind())
        ? failure
        : stale(target, failure.upstream(), failure.reason()).orElse(failure);
  }

  private void remember(Target target, UpstreamException absence) {
    boolean manifest =
        target.kind() == Target.Kind.MANIFEST || target.kind() == Target.Kind.MANIFEST_HEAD;
    boolean known =
        absence.code() == ErrorCode.MANIFEST_UNKNOWN || absence.code() == ErrorCode.NAME_UNKNOWN;
    if (manifest && known) {
      absences.put(target, new Absence(absence.code(), clock.instant()));
    }
  }

  /** Whether the upstream refuses now, or the cache itself ended the call. */
  private static boolean isAnswer(Kind kind) {
    return switch (kind) {
      case REFUSED, CREDENTIALS, CANCELLED -> true;
      default -> false;
    };
  }

  /** The remembered absence as a failure; empty when there is none. */
  Optional<UpstreamException> stale(Target target, String upstream, String reason) {
    Absence absence = absences.get(target);
    if (absence == null) {
      return Optional.empty();
    }
    long age = Math.max(0, Duration.between(absence.time, clock.instant()).toSeconds());
    return Optional.of(
        UpstreamException.builder(
                Kind.ABSENT_BEFORE,
                absence.code(),
                upstream,
                target,
                "it answered 404 " + age + " s ago, and does not answer now: " + reason)
            .build());
  }
}
