package dev.cistern.proxy.internal.store;

import dev.cistern.proxy.report.UnfinishedTransfers;
import java.time.Instant;
import java.util.OptionalLong;

/** Unfinished transfers. They are kept for a while, and removed first when room is needed. */
public interface RemovableTransfers {

  /** The sum of their sizes in bytes. */
  long bytes();

  /**
   * Removes the oldest one.
   *
   * @return how many bytes were freed; empty when there is none
   */
  OptionalLong removeOldest();

  /**
   * Removes those that were last written before a time.
   *
   * @return those that are kept, and those that were removed
   */
  UnfinishedTransfers removeOlderThan(Instant time);
}
