package dev.cistern.proxy.upstream.http;

import static java.util.Objects.requireNonNull;

import dev.cistern.proxy.credential.CredentialSource;
import dev.cistern.proxy.credential.Credentials;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;

/** Builds an {@link UpstreamConfig}. For one thread. */
public final class UpstreamConfigBuilder {

  /** The default of {@link #connectTimeout}. */
  public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /** The default of {@link #headerTimeout}. */
  public static final Duration DEFAULT_HEADER_TIMEOUT = Duration.ofSeconds(30);

  /** The default of {@link #stallTimeout}. */
  public static final Duration DEFAULT_STALL_TIMEOUT = Duration.ofSeconds(30);

  /** The default of {@link #metadataTimeout}. */
  public static final Duration DEFAULT_METADATA_TIMEOUT = Duration.ofSeconds(60);

  /** The default of {@link #metadataLimit}: 32 MiB. */
  public static final long DEFAULT_METADATA_LIMIT = 32L << 20;

  final RemoteUrl remote;
  CredentialSource credentials = CredentialSource.anonymous();
  final Set<String> trustedRealms = new LinkedHashSet<>();
  final Set<String> trustedRedirects = new LinkedHashSet<>();
  String via = "";
  boolean insecureCredentials;
  boolean publicAddressesOnly;
  HttpVersion httpVersion = HttpVersion.HTTP_1_1;
  Duration connectTimeout = DEFAULT_CONNECT_TIMEOUT;
  Duration headerTimeout = DEFAULT_HEADER_TIMEOUT;
  Duration stallTimeout = DEFAULT_STALL_TIMEOUT;
  Duration metadataTimeout = DEFAULT_METADATA_TIMEOUT;
  long metadataLimit = DEFAULT_METADATA_LIMIT;
  String userAgent = UserAgent.standard();
  InstantSource clock = InstantSource.system();
  final List<X509Certificate> trustedIssuers = new ArrayList<>();
  @Nullable X509KeyManager clientIdentity;
  @Nullable ProxySettings proxy;
  long maxBandwidth;

  UpstreamConfigBuilder(RemoteUrl remote) {
    this.remote = remote;
  }

  /** Uses credentials from this source whenever the upstream requires them. */
  public UpstreamConfigBuilder credentials(CredentialSource source) {
    credentials = requireNonNull(source, "source");
    return this;
  }

  /** Uses these credentials whenever the upstream requires them. */
  public UpstreamConfigBuilder credentials(Credentials fixed) {
    return credentials(CredentialSource.of(requireNonNull(fixed, "credentials")));
  }

  /**
   * Allows the token service at this host to get the credentials over https, in any domain.
   *
   * @param host a host name or address, or {@code host:port} for that port alone
   * @throws IllegalArgumentException when it is neither
   */
  public UpstreamConfigBuilder trustedRealm(String host) {
    trustedRealms.add(TrustedRealm.parse(host).toString());
    return this;
  }

  /**
   * Allows an upstream on a public address to redirect to this host, whatever its address is.
   * Otherwise such redirects to private addresses are refused, unless an HTTP proxy resolves the
   * name.
   *
   * @param host a host name or address, or {@code host:port} for that port alone
   * @throws IllegalArgumentException when it is neither
   */
  public UpstreamConfigBuilder trustedRedirect(String host) {
    try {
      trustedRedirects.add(TrustedRealm.parse(host).toString());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "a trusted redirect target must be a host or host:port, not \"" + host + '"', e);
    }
    return this;
  }

  /**
   * Adds {@code Via: 1.1 <name>} to every request (RFC 9110 §7.6.3). A server in front of this
   * cache that knows the name can refuse requests that come back to it.
   *
   * @param name a token of letters, digits, dots, hyphens and underscores
   */
  public UpstreamConfigBuilder via(String name) {
    if (!name.matches("[A-Za-z0-9._-]{1,100}")) {
      throw new IllegalArgumentException(
          "the name for Via must be 1 to 100 letters, digits, dots, hyphens or underscores");
    }
    via = name;
    return this;
  }

  /**
   * Connects to public addresses alone, unless an HTTP proxy resolves the name. For upstreams whose
   * names clients choose.
   */
  public UpstreamConfigBuilder publicAddressesOnly() {
    publicAddressesOnly = true;
    return this;
  }

  /**
   * Allows credentials over plain HTTP to other hosts than loopback. Everyone who can read the
   * network traffic can then read them.
   */
  public UpstreamConfigBuilder allowInsecureCredentials() {
    insecureCredentials = true;
    return this;
  }

  /** Chooses the version of HTTP. */
  public UpstreamConfigBuilder httpVersion(HttpVersion version) {
    httpVersion = requireNonNull(version, "version");
    return this;
  }

  /**
   * Limits connecting to one address.
   *
   * @param timeout from a millisecond to a day, like all timeouts here
   */
  public UpstreamConfigBuilder connectTimeout(Duration timeout) {
    connectTimeout = positive(timeout);
    return this;
  }

  /** Limits the time from the start of a request to the end of its answer's headers. */
  public UpstreamConfigBuilder headerTimeout(Duration timeout) {
    headerTimeout = positive(timeout);
    return this;
  }

  /** Limits the time without bytes of a body, and the time that a blob may be too slow. */
  public UpstreamConfigBuilder stallTimeout(Duration timeout) {
    stallTimeout = positive(timeout);
    return this;
  }

  /** Limits the time for the whole body of a manifest, tag list or token. */
  public UpstreamConfigBuilder metadataTimeout(Duration timeout) {
    metadataTimeout = positive(timeout);
    return this;
  }

  /**
   * Sets the largest manifest or tag list.
   *
   * @param bytes at most the length of an array
   */
  public UpstreamConfigBuilder metadataLimit(long bytes) {
    if (bytes < 1 || bytes > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "metadata limit must be from 1 to " + (Integer.MAX_VALUE - 8) + ": " + bytes);
    }
    metadataLimit = bytes;
    return this;
  }

  /** Sets the {@code User-Agent}, in printable ASCII. */
  public UpstreamConfigBuilder userAgent(String value) {
    if (value.isBlank() || !value.chars().allMatch(c -> c >= 0x20 && c < 0x7f)) {
      throw new IllegalArgumentException("user agent must be printable ASCII");
    }
    userAgent = value;
    return this;
  }

  /** Sets the clock for the expiry of tokens. */
  public UpstreamConfigBuilder clock(InstantSource source) {
    clock = requireNonNull(source, "clock");
    return this;
  }

  /** Trusts certificates of this issuer, in addition to those that the JDK trusts. */
  public UpstreamConfigBuilder trustedIssuer(X509Certificate issuer) {
    trustedIssuers.add(requireNonNull(issuer, "issuer"));
    return this;
  }

  /**
   * Sends a client certificate to an upstream, token service or redirect target that requests one.
   *
   * @param keys called at each handshake, by many threads
   */
  public UpstreamConfigBuilder clientIdentity(X509KeyManager keys) {
    clientIdentity = requireNonNull(keys, "keys");
    return this;
  }

  /** Uses these HTTP proxies instead of those of the JDK's system properties. */
  public UpstreamConfigBuilder proxy(ProxySettings settings) {
    proxy = requireNonNull(settings, "settings");
    return this;
  }

  /**
   * Limits the bandwidth of all blob transfers together.
   *
   * @param bytesPerSecond at least 1024
   */
  public UpstreamConfigBuilder maxBandwidth(long bytesPerSecond) {
    if (bytesPerSecond < 1024) {
      throw new IllegalArgumentException(
          "bandwidth must be at least 1024 bytes per second: " + bytesPerSecond);
    }
    maxBandwidth = bytesPerSecond;
    return this;
  }

  /** Makes the configuration. */
  public UpstreamConfig build() {
    return new UpstreamConfig(this);
  }

  private static Duration positive(Duration timeout) {
    if (timeout.compareTo(Duration.ofMillis(1)) < 0 || timeout.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException("timeout must be from 1 ms to 1 day: " + timeout);
    }
    return timeout;
  }
}
