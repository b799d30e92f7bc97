package dev.cistern.proxy.testing;

import dev.cistern.proxy.internal.store.RemovableTransfers;
import dev.cistern.proxy.report.UnfinishedTransfers;
import java.time.Instant;
import java.util.OptionalLong;

/** No transfer is unfinished. */
public final class NoTransfers implements RemovableTransfers {

  @Override
  public long bytes() {
    return 0;
  }

  @Override
  public OptionalLong removeOldest() {
    return OptionalLong.empty();
  }

  @Override
  public UnfinishedTransfers removeOlderThan(Instant time) {
    return UnfinishedTransfers.NONE;
  }
}
