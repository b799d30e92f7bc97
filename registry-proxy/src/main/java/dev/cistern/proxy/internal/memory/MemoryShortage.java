package dev.cistern.proxy.internal.memory;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;

/** A request for cached content failed because there is no memory for it now. */
public final class MemoryShortage extends RegistryException {

  private static final long serialVersionUID = 1;

  /**
   * @param attempt what could not be done, as the beginning of the message
   */
  public MemoryShortage(String attempt, NoMemoryException cause) {
    super(ErrorCode.UNAVAILABLE, attempt + ": " + cause.getMessage(), cause, cause.retryAfter());
  }

  /** None: reads are tried again and again while there is no memory. */
  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
