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
 * How to reach one upstream registry. Contains no secrets: those come from the credential source.
 * Immutable.
 */
public final class UpstreamConfig {

  private final RemoteUrl remote;
  private final CredentialSource credentials;
  private final Set<String> trustedRealms;
  private final Set<String> trustedRedirects;
  private final String via;
  private final boolean insecureCredentials;
  private final boolean publicAddressesOnly;
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
    trustedRedirects = Set.copyOf(builder.trustedRedirects);
    via = builder.via;
    insecureCredentials = builder.insecureCredentials;
    publicAddressesOnly = builder.publicAddressesOnly;
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
   * Returns a builder with the defaults.
   *
   * <p>{@code https://docker.io} and {@code https://index.docker.io} mean Docker Hub, which is
   * {@code https://registry-1.docker.io}.
   *
   * @param remoteUrl {@code https://host}, optionally with a port and a path prefix
   * @throws IllegalArgumentException when it is not an absolute http or https URL, or contains
   *     credentials, a query or a fragment
   */
  public static UpstreamConfigBuilder builder(String remoteUrl) {
    return new UpstreamConfigBuilder(RemoteUrl.parse(remoteUrl));
  }

  /** The registry's URL, without a trailing slash, to which {@code /v2/} is appended. */
  public URI remoteUrl() {
    return remote.uri();
  }

  /** The upstream's name in messages: its host, with the port unless it is the default. */
  public String name() {
    return remote.name();
  }

  /** Where credentials come from; anonymous by default. */
  public CredentialSource credentials() {
    return credentials;
  }

  /**
   * Hosts, or {@code host:port}, of token services in other domains that may get the credentials.
   */
  public Set<String> trustedRealms() {
    return trustedRealms;
  }

  /**
   * Hosts, or {@code host:port}, to which the upstream may redirect although they have private
   * addresses and the upstream does not; none by default.
   */
  public Set<String> trustedRedirects() {
    return trustedRedirects;
  }

  /** The name of this cache in the {@code Via} header of its requests; empty by default: none. */
  public Optional<String> via() {
    return via.isEmpty() ? Optional.empty() : Optional.of(via);
  }

  /**
   * Whether credentials may be sent over plain HTTP to other hosts than loopback; no by default.
   */
  public boolean insecureCredentials() {
    return insecureCredentials;
  }

  /** Whether to connect to public addresses alone; no by default. */
  public boolean publicAddressesOnly() {
    return publicAddressesOnly;
  }

  /** The version of HTTP; {@link HttpVersion#HTTP_1_1} by default. */
  public HttpVersion httpVersion() {
    return httpVersion;
  }

  /** The timeout for connecting to one address; 10 s by default. */
  public Duration connectTimeout() {
    return connectTimeout;
  }

  /**
   * The timeout from the start of a request, including the connection, to the end of its answer's
   * headers; 30 s by default.
   */
  public Duration headerTimeout() {
    return headerTimeout;
  }

  /**
   * The timeout for the next bytes of a body, and the longest time that a blob may be slower than 1
   * KiB per second; 30 s by default.
   */
  public Duration stallTimeout() {
    return stallTimeout;
  }

  /**
   * The timeout for the whole body of a manifest, tag list or token, from the end of the headers;
   * 60 s by default.
   */
  public Duration metadataTimeout() {
    return metadataTimeout;
  }

  /**
   * The largest manifest or tag list that is accepted, in bytes; 32 MiB by default. An eighth of
   * the heap is the limit where that is less.
   */
  public long metadataLimit() {
    return metadataLimit;
  }

  /** The {@code User-Agent}; {@code cistern/<version>} by default. */
  public String userAgent() {
    return userAgent;
  }

  /** The clock for the expiry of tokens and Retry-After dates; the system's by default. */
  public InstantSource clock() {
    return clock;
  }

  /** Issuers of certificates that are trusted in addition to the JDK's; none by default. */
  public List<X509Certificate> trustedIssuers() {
    return trustedIssuers;
  }

  /** The client certificates for an upstream that requests one; none by default. */
  public Optional<X509KeyManager> clientIdentity() {
    return Optional.ofNullable(clientIdentity);
  }

  /** The HTTP proxies; empty by default, which means those of the JDK's system properties. */
  public Optional<ProxySettings> proxy() {
    return Optional.ofNullable(proxy);
  }

  /** How many bytes per second all blobs together may receive; empty by default: unlimited. */
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
