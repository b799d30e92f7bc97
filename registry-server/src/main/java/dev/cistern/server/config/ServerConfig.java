package dev.cistern.server.config;

/**
 * The whole configuration, validated and with all defaults. Immutable. {@code toString} shows no
 * secret.
 *
 * @param log what to log, and how
 * @param storage where to store content
 * @param http where to listen, and how to answer
 * @param proxy the upstream registry
 * @param auth who may pull
 * @param health how the server checks itself
 */
public record ServerConfig(
    LogConfig log,
    StorageConfig storage,
    HttpConfig http,
    ProxyConfig proxy,
    AuthConfig auth,
    HealthConfig health) {

  /** A configuration in which everyone may pull, with the default checks. */
  public ServerConfig(LogConfig log, StorageConfig storage, HttpConfig http, ProxyConfig proxy) {
    this(log, storage, http, proxy, AuthConfig.NONE, HealthConfig.DEFAULT);
  }

  /**
   * The configuration without a file and without environment variables: a cache of Docker Hub on
   * port 5000 with its content in {@code cistern-data}.
   */
  public static ServerConfig defaults() {
    return new ServerConfig(
        LogConfig.DEFAULT, StorageConfig.DEFAULT, HttpConfig.DEFAULT, ProxyConfig.DEFAULT);
  }
}
