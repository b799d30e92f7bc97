package dev.cistern.proxy.internal.fetch;

import dev.cistern.proxy.internal.store.NoRoomException;
import dev.cistern.storage.FailureText;
import java.io.IOException;

/** The local disk failed, not the upstream. The blob can still be passed through. */
final class SpoolException extends IOException {

  SpoolException(IOException cause) {
    super(
        cause instanceof NoRoomException
            ? cause.getMessage()
            : "The spool file failed: " + FailureText.of(cause),
        cause);
  }
}
