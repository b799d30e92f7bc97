package dev.cistern.proxy.report;

import dev.cistern.proxy.event.BlobTransfer;
import java.time.Duration;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * A fetch in progress, as it was when it was asked for.
 *
 * @param transfer which one
 * @param phase how far it is
 * @param size of the blob in bytes; empty as long as the upstream has not announced it
 * @param received how many bytes the cache has, those of an earlier, unfinished fetch included
 * @param readers how many requests wait for the blob or read it
 * @param age the time since it was started
 */
public record TransferState(
    BlobTransfer transfer,
    Phase phase,
    OptionalLong size,
    long received,
    int readers,
    Duration age) {

  /** How far a fetch is. */
  public enum Phase {
    /** It waits for a free thread. */
    WAITING,
    /** The upstream is asked, or sends. */
    RECEIVING,
    /** All bytes are verified; the blob is being stored. */
    STORING
  }

  public TransferState {
    Objects.requireNonNull(transfer, "transfer");
    Objects.requireNonNull(phase, "phase");
    Objects.requireNonNull(size, "size");
    Objects.requireNonNull(age, "age");
  }
}
