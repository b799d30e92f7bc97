package dev.cistern.server.config;

import dev.cistern.proxy.PullThroughCacheBuilder;
import dev.cistern.proxy.upstream.http.HttpVersion;
import dev.cistern.proxy.upstream.http.ProxySettings;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How to reach the upstream.
 *
 * @param timeouts how long to wait
 * @param transfers how much to fetch at the same time
 * @param tls certificates of the upstream and of this server
 * @param httpProxy the HTTP proxy to use; empty: the one that the environment names
 * @param httpVersion the HTTP version to use
 * @param trustedRedirects hosts to which the upstream may redirect although their addresses are
 *     private and its own is not
 */
public record NetworkConfig(
    Timeouts timeouts,
    Transfers transfers,
    Tls tls,
    Optional<ProxySettings> httpProxy,
    HttpVersion httpVersion,
    List<String> trustedRedirects) {

  /** The defaults of the cache and of its client. */
  public static final NetworkConfig DEFAULT =
      ofClient(UpstreamConfig.builder("https://localhost").build());

  private static NetworkConfig ofClient(UpstreamConfig client) {
    return new NetworkConfig(
        new Timeouts(client.connectTimeout(), client.headerTimeout(), client.stallTimeout()),
        new Transfers(
            PullThroughCacheBuilder.DEFAULT_MAX_TRANSFERS,
            PullThroughCacheBuilder.DEFAULT_BLOB_CONNECTIONS,
            Optional.empty()),
        new Tls(Optional.empty(), Optional.empty()),
        client.proxy(),
        client.httpVersion(),
        List.of());
  }

  public NetworkConfig {
    trustedRedirects = List.copyOf(trustedRedirects);
  }

  /**
   * How long to wait.
   *
   * @param connect for a connection
   * @param headers for the headers of an answer
   * @param stall for the next bytes of a body
   */
  public record Timeouts(Duration connect, Duration headers, Duration stall) {}

  /**
   * How much to fetch at the same time.
   *
   * @param most how many blobs
   * @param connections how many connections may transfer one blob
   * @param bandwidth bytes per second of all blobs together; empty: no limit
   */
  public record Transfers(int most, int connections, Optional<Long> bandwidth) {}

  /**
   * Certificates, as PEM files.
   *
   * @param ca issuers to trust besides those of the JDK
   * @param identity the client certificate for an upstream that asks for one
   */
  public record Tls(Optional<Path> ca, Optional<Identity> identity) {}

  /** A certificate with its issuers, and its private key. */
  public record Identity(Path certificate, Path key) {}
}
