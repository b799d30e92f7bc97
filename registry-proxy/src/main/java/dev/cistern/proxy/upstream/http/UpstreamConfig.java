package dev.cistern.proxy.upstream.http;

import dev.cistern.proxy.credential.CredentialSource;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;

/**
 * How to reach one upstream registry. Immutable. Holds no secret itself: those come from the
 * credential source.
 */
public final class UpstreamConfig {

  private final RemoteUrl remote;
  private final CredentialSource credentials;
  private final Set<String> trustedRealms;
  private final boolean insecureCredentials;
  private final HttpVersion httpVersion;
  private final Duration connectTimeout;
  private final Duration headerTimeout;
  private final Duration stallTimeout;
  private final Duration metadataTimeout;
  private final long metadataLimit;
  private final String userAgent;
  private final InstantSource clock;
  private final List<X509Certificate> trustedIssuers;
  private final @Nullable X509KeyManager clientIdentity;
  private final @Nullable ProxySettings proxy;
  private final long maxBandwidth;

  UpstreamConfig(UpstreamConfigBuilder builder) {
    remote = builder.remote;
    credentials = builder.credentials;
    trustedRealms = Set.copyOf(builder.trustedRealms);
    insecureCredentials = builder.insecureCredentials;
    httpVersion = builder.httpVersion;
    connectTimeout = builder.connectTimeout;
    headerTimeout = builder.headerTimeout;
    stallTimeout = builder.stallTimeout;
    metadataTimeout = builder.metadataTimeout;
    metadataLimit = builder.metadataLimit;
    userAgent = builder.userAgent;
    clock = builder.clock;
    trustedIssuers = List.copyOf(builder.trustedIssuers);
    clientIdentity = builder.clientIdentity;
    proxy = builder.proxy;
    maxBandwidth = builder.maxBandwidth;
  }

  /**
   * Starts from the registry's address: {@code https://host}, with a port and a path prefix where
   * it has them.
   *
   * <p>Docker Hub goes by {@code https://docker.io}, {@code https://index.docker.io} and {@code
   * https://registry-1.docker.io}; all mean the last.
   *
   * @throws IllegalArgumentException when it is not an absolute http or https URL, or carries
   *     credentials, a query or a fragment
   */
  public static UpstreamConfigBuilder builder(String remoteUrl) {
    return new UpstreamConfigBuilder(RemoteUrl.parse(remoteUrl));
  }

  /** The registry's address, without a trailing slash: that to which {@code /v2/} is appended. */
  public URI remoteUrl() {
    return remote.uri();
  }

  /** What messages call the upstream: host, and port where it is not the scheme's default. */
  public String name() {
    return remote.name();
  }

  /** Where credentials come from; anonymous by default. */
  public CredentialSource credentials() {
    return credentials;
  }

  /**
   * Hosts, or {@code host:port}, of token services that may have the credentials besides those of
   * the same domain.
   */
  public Set<String> trustedRealms() {
    return trustedRealms;
  }

  /** Whether credentials may go over plain HTTP to a host that is not loopback; no by default. */
  public boolean insecureCredentials() {
    return insecureCredentials;
  }

  /** HTTP/1.1 by default. */
  public HttpVersion httpVersion() {
    return httpVersion;
  }

  /** Limit on connecting to one address; 10 s by default. */
  public Duration connectTimeout() {
    return connectTimeout;
  }

  /**
   * Limit from the start of a request, connecting included, to the end of its answer's headers; 30
   * s by default.
   */
  public Duration headerTimeout() {
    return headerTimeout;
  }

  /**
   * Limit on waiting for the next bytes of a body, and how long a blob may trickle, bringing less
   * than a KiB for each second that it is waited for; 30 s by default.
   */
  public Duration stallTimeout() {
    return stallTimeout;
  }

  /**
   * Limit on the whole body of a manifest, tag list or token, from the end of its headers; 60 s by
   * default.
   */
  public Duration metadataTimeout() {
    return metadataTimeout;
  }

  /** Largest manifest or tag list that is accepted, in bytes; 32 MiB by default. */
  public long metadataLimit() {
    return metadataLimit;
  }

  /** Sent as {@code User-Agent}; {@code cistern/<version>} by default. */
  public String userAgent() {
    return userAgent;
  }

  /** The clock for token expiry and Retry-After dates; the system's by default. */
  public InstantSource clock() {
    return clock;
  }

  /** Issuers of certificates that are trusted besides the JDK's; none by default. */
  public List<X509Certificate> trustedIssuers() {
    return trustedIssuers;
  }

  /** The certificates to show to an upstream that asks for one; none by default. */
  public Optional<X509KeyManager> clientIdentity() {
    return Optional.ofNullable(clientIdentity);
  }

  /** The HTTP proxies to use; by default, empty, those of the JDK's system properties. */
  public Optional<ProxySettings> proxy() {
    return Optional.ofNullable(proxy);
  }

  /** How many bytes a second all blobs together may bring; by default, empty, as many as come. */
  public OptionalLong maxBandwidth() {
    return maxBandwidth == 0 ? OptionalLong.empty() : OptionalLong.of(maxBandwidth);
  }

  RemoteUrl remote() {
    return remote;
  }

  @Override
  public String toString() {
    return "UpstreamConfig[" + remote + "]";
  }
}
