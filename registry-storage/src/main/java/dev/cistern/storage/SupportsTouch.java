package dev.cistern.storage;

import java.io.IOException;
import java.time.Instant;

/**
 * The power of a driver to say of an object that it was modified at another time than its bytes
 * were written. A cache keeps there when it last used an object, so that the next process knows.
 */
public interface SupportsTouch {

  /**
   * Makes {@link ObjectStat#modified} of the object this time, as exactly as the back-end can; it
   * is fine if there is no object, and none is made. The bytes stay as they are, for open readers
   * too. Need not be durable.
   */
  void touch(String key, Instant time) throws IOException;
}
