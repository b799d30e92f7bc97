package dev.cistern.server.cli;

import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.server.config.ServerConfig;
import java.io.IOException;
import java.util.Map;

/**
 * Runs a cache without a server. By this interface, the command line does not depend on how the
 * configuration becomes a cache.
 */
@FunctionalInterface
public interface CacheRunner {

  /** The work of a command with a cache. */
  @FunctionalInterface
  interface Work {

    /**
     * Does the work.
     *
     * @param cache the caller closes it
     * @throws InterruptedException if a signal asks the command to stop
     */
    void run(PullThroughCache cache) throws InterruptedException;
  }

  /**
   * Opens a cache over the configured storage, and closes it after the work: then all that was
   * fetched completely is stored, and the rest is kept for the next start. Listens on no port.
   *
   * @param environment the variables of the process
   * @param listener gets the events of the cache
   * @throws StartupException if the configuration, a file that it names or the storage cannot be
   *     used
   * @throws IOException if the storage fails when it is closed
   */
  void run(ServerConfig config, Map<String, String> environment, CacheListener listener, Work work)
      throws StartupException, IOException, InterruptedException;
}
