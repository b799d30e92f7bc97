package dev.cistern.server.config;

/**
 * The whole configuration, validated and with every default filled in. Immutable; {@code toString}
 * shows no secret.
 *
 * @param log what is logged, and how
 * @param storage where content is kept
 * @param http what is listened on, and how answers look
 * @param proxy the upstream registry
 */
public record ServerConfig(
    LogConfig log, StorageConfig storage, HttpConfig http, ProxyConfig proxy) {

  /**
   * What applies without a file and without environment: Docker Hub behind port 5000, kept in
   * {@code cistern-data}.
   */
  public static ServerConfig defaults() {
    return new ServerConfig(
        LogConfig.DEFAULT, StorageConfig.DEFAULT, HttpConfig.DEFAULT, ProxyConfig.DEFAULT);
  }
}
