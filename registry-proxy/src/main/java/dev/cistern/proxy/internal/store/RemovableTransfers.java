package dev.cistern.proxy.internal.store;

import java.time.Instant;
import java.util.OptionalLong;

/** What transfers have left unfinished: worth keeping for a while, and the first to go. */
public interface RemovableTransfers {

  /** How many bytes there are. */
  long bytes();

  /**
   * Removes the oldest one.
   *
   * @return how many bytes that gave back; empty when there is none
   */
  OptionalLong removeOldest();

  /** Removes what was left before that. */
  void removeOlderThan(Instant time);
}
