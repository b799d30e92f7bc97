package dev.cistern.server.cli;

import dev.cistern.server.config.ConfigException;
import dev.cistern.server.config.ConfigLoader;
import dev.cistern.server.config.LoadedConfig;
import dev.cistern.server.config.LogConfig;
import dev.cistern.server.config.ServerConfig;
import dev.cistern.server.config.StorageConfig;
import dev.cistern.server.logging.Logging;
import dev.cistern.storage.DriverParameterException;
import dev.cistern.storage.DriverParameters;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageDrivers;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the store of a server with the same configuration, for commands. */
final class ConfiguredStore {

  /** The work of a command on a store. */
  @FunctionalInterface
  interface Work {

    /**
     * Does the work.
     *
     * @param store the caller closes it
     * @return the exit code
     */
    int run(ServerConfig config, StorageDriver store) throws IOException, InterruptedException;
  }

  private final ConfigLoader configuration;
  private final Map<String, String> environment;
  private final OutputStream log;

  ConfiguredStore(ConfigLoader configuration, Map<String, String> environment, OutputStream log) {
    this.configuration = configuration;
    this.environment = environment;
    this.log = log;
  }

  /** Opens the store, and fails if it does not exist. */
  int use(StoreOptions options, Work work)
      throws ConfigException, StorageException, InterruptedException {
    LoadedConfig loaded =
        options.file == null
            ? configuration.load(environment)
            : configuration.load(options.file, environment);
    ServerConfig config = loaded.config();
    Logging.configure(quiet(config.log()), log);
    Logger logger = LoggerFactory.getLogger(ConfiguredStore.class);
    loaded.warnings().forEach(logger::warn);
    try (StorageDriver store = open(config.storage())) {
      return work.run(config, store);
    } catch (IOException e) {
      throw StorageException.failed(e);
    }
  }

  /** Commands print their results themselves. The log is for warnings and errors. */
  static LogConfig quiet(LogConfig log) {
    return log.level() == LogConfig.Level.INFO
        ? new LogConfig(LogConfig.Level.WARN, log.format(), log.fields(), log.accessLog())
        : log;
  }

  private static StorageDriver open(StorageConfig storage) throws StorageException {
    try {
      return StorageDrivers.openExisting(
          storage.driver(), DriverParameters.of(storage.driver(), storage.parameters()));
    } catch (IOException e) {
      throw StorageException.unusable(
          "cannot open the store: "
              + StorageException.message(e)
              + "; check storage."
              + storage.driver()
              + " in the configuration",
          e);
    } catch (DriverParameterException e) {
      throw StorageException.unusable(StorageException.message(e), e);
    }
  }
}
