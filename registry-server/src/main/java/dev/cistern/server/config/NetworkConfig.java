package dev.cistern.server.config;

import dev.cistern.proxy.upstream.http.HttpVersion;
import dev.cistern.proxy.upstream.http.ProxySettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How to reach the upstream.
 *
 * @param timeouts how long to wait
 * @param transfers how much at once
 * @param tls the upstream's certificate and ours
 * @param httpProxy the HTTP proxy to use; empty: as the environment says
 * @param httpVersion which HTTP to speak
 */
public record NetworkConfig(
    Timeouts timeouts,
    Transfers transfers,
    Tls tls,
    Optional<ProxySettings> httpProxy,
    HttpVersion httpVersion) {

  public static final NetworkConfig DEFAULT =
      new NetworkConfig(
          new Timeouts(Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(30)),
          new Transfers(64, Optional.empty()),
          new Tls(Optional.empty(), Optional.empty()),
          Optional.empty(),
          HttpVersion.HTTP_1_1);

  /**
   * How long to wait.
   *
   * @param connect for a connection
   * @param headers for the headers of an answer
   * @param stall for more of a body
   */
  public record Timeouts(Duration connect, Duration headers, Duration stall) {}

  /**
   * How much to transfer at once.
   *
   * @param most how many blobs
   * @param bandwidth how many bytes a second, all blobs together; empty: no limit
   */
  public record Transfers(int most, Optional<Long> bandwidth) {}

  /**
   * Certificates, as PEM files.
   *
   * @param ca issuers that are trusted besides the system's
   * @param identity what is shown to an upstream that asks for a certificate
   */
  public record Tls(Optional<Path> ca, Optional<Identity> identity) {}

  /** A certificate, with its issuers, and its private key. */
  public record Identity(Path certificate, Path key) {}
}
