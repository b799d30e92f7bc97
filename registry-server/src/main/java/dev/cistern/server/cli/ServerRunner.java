package dev.cistern.server.cli;

import dev.cistern.server.config.ServerConfig;

/** Runs the server. By this interface, the command line does not depend on the server. */
@FunctionalInterface
public interface ServerRunner {

  /**
   * Starts the server and returns after it has stopped in an orderly way. The caller has set up
   * logging.
   *
   * @throws StartupException if the server cannot start for a reason that the operator can fix
   * @throws InterruptedException if the thread is interrupted while the server runs
   */
  void run(ServerConfig config) throws StartupException, InterruptedException;
}
