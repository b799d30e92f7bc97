package dev.cistern.storage;

import java.io.IOException;
import java.time.Instant;

/**
 * A driver that can set the modification time of an object. A cache stores there when it last used
 * the object, so that this survives a restart. Without this power a restarted cache evicts content
 * by the time when it was stored.
 */
public interface SupportsTouch {

  /**
   * Sets {@link ObjectStat#modified} of the object, with the precision of the back-end. Does
   * nothing if there is no such object. The bytes stay the same, also for open readers. The change
   * need not be durable.
   */
  void touch(String key, Instant time) throws IOException;
}
