package dev.cistern.server.config;

import java.io.IOException;

/**
 * A file, program, variable or value that the configuration names cannot be used. The configuration
 * must change, or what it names; another start does not help. The message is for the operator.
 */
public final class UnusableConfigException extends IOException {

  private static final long serialVersionUID = 1;

  public UnusableConfigException(String message) {
    super(message);
  }

  public UnusableConfigException(String message, Throwable cause) {
    super(message, cause);
  }
}
