package dev.cistern.storage;

import java.io.IOException;

/** A driver whose back-end can become full and which knows how much space is left. */
public interface SupportsFreeSpace {

  /**
   * The number of bytes that this process could store now, as far as the back-end knows. Other
   * users of the back-end may change it at any time.
   */
  long freeSpace() throws IOException;
}
