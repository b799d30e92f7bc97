package dev.cistern.proxy.report;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * One address of a cluster of caches.
 *
 * @param address host and port
 * @param role what is known about it
 * @param asked how many requests for content this cache has sent there, without those in progress
 * @param answered how many of them were answered, if only that the upstream failed
 * @param lastFailure its last failure
 */
public record PeerState(
    String address, Role role, long asked, long answered, Optional<Failure> lastFailure) {

  /** What is known about an address. */
  public enum Role {
    /** It is that of this cache. */
    SELF,
    /** A cache answers there. */
    WORKING,
    /** No cache answers there, or none has yet: it is skipped. */
    FAILING
  }

  /** A failure, as a text for people. */
  public record Failure(Instant time, String reason) {

    public Failure {
      Objects.requireNonNull(time, "time");
      Objects.requireNonNull(reason, "reason");
    }
  }

  public PeerState {
    Objects.requireNonNull(address, "address");
    Objects.requireNonNull(role, "role");
    Objects.requireNonNull(lastFailure, "lastFailure");
  }
}
