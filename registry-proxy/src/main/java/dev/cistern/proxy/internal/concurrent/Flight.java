package dev.cistern.proxy.internal.concurrent;

import java.util.concurrent.CompletionStage;

/**
 * One caller's part in a {@link SingleFlight}.
 *
 * @param result completes as the work does; cancelling it affects this caller alone
 */
public record Flight<V>(CompletionStage<V> result, Role role) {

  /** Whether a caller started the work or joined it. */
  public enum Role {
    /** This caller started the work. */
    LEADER,
    /** The work was in progress already. */
    FOLLOWER
  }
}
