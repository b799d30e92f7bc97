package dev.cistern.storage;

import java.io.IOException;

/** The power of a driver whose back-end can fill up to say how much still fits. */
public interface SupportsFreeSpace {

  /**
   * How many more bytes this process could store now, as far as the back-end knows. Others that
   * share the back-end change it too.
   */
  long freeSpace() throws IOException;
}
