package dev.cistern.server.cli;

import dev.cistern.server.config.ConfigException;
import dev.cistern.server.config.LoadedConfig;
import dev.cistern.server.config.ServerConfig;

/** Runs the server. By this interface, the command line does not depend on the server. */
@FunctionalInterface
public interface ServerRunner {

  /**
   * Starts the server and returns after it has stopped in an orderly way. The caller has set up
   * logging.
   *
   * @param again reads the configuration again, when the operator asks for it
   * @throws StartupException if the server cannot start for a reason that the operator can fix
   * @throws InterruptedException if the thread is interrupted while the server runs
   */
  void run(ServerConfig config, Reading again) throws StartupException, InterruptedException;

  /** Reads the configuration from where it was read at the start. */
  @FunctionalInterface
  interface Reading {

    /**
     * Reads it.
     *
     * @throws ConfigException with all errors
     */
    LoadedConfig read() throws ConfigException;
  }
}
