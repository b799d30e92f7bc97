package dev.cistern.server.cli;

import dev.cistern.server.config.ServerConfig;

/** Runs the server: the seam between the command line and the wiring. */
@FunctionalInterface
public interface ServerRunner {

  /**
   * Starts, serves, and returns once the server has stopped in good order. Logging is set up before
   * the call.
   *
   * @throws StartupException when the server cannot start for a reason that the operator can mend
   * @throws InterruptedException when the thread is interrupted while it serves
   */
  void run(ServerConfig config) throws StartupException, InterruptedException;
}
