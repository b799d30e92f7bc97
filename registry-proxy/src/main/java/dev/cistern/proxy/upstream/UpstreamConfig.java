package dev.cistern.proxy.upstream;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.Set;

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
  private final Duration readTimeout;
  private final Duration metadataTimeout;
  private final long metadataLimit;
  private final String userAgent;
  private final InstantSource clock;

  private UpstreamConfig(Builder builder) {
    remote = builder.remote;
    credentials = builder.credentials;
    trustedRealms = Set.copyOf(builder.trustedRealms);
    insecureCredentials = builder.insecureCredentials;
    httpVersion = builder.httpVersion;
    connectTimeout = builder.connectTimeout;
    headerTimeout = builder.headerTimeout;
    readTimeout = builder.readTimeout;
    metadataTimeout = builder.metadataTimeout;
    metadataLimit = builder.metadataLimit;
    userAgent = builder.userAgent;
    clock = builder.clock;
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
  public static Builder builder(String remoteUrl) {
    return new Builder(RemoteUrl.parse(remoteUrl));
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

  /** Limit on waiting for the next bytes of a body; 30 s by default. */
  public Duration readTimeout() {
    return readTimeout;
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

  RemoteUrl remote() {
    return remote;
  }

  @Override
  public String toString() {
    return "UpstreamConfig[" + remote + "]";
  }

  /** Collects the options. Not safe for use by several threads. */
  public static final class Builder {

    private final RemoteUrl remote;
    private CredentialSource credentials = CredentialSource.anonymous();
    private final Set<String> trustedRealms = new LinkedHashSet<>();
    private boolean insecureCredentials;
    private HttpVersion httpVersion = HttpVersion.HTTP_1_1;
    private Duration connectTimeout = Duration.ofSeconds(10);
    private Duration headerTimeout = Duration.ofSeconds(30);
    private Duration readTimeout = Duration.ofSeconds(30);
    private Duration metadataTimeout = Duration.ofSeconds(60);
    private long metadataLimit = 32L << 20;
    private String userAgent = UserAgent.standard();
    private InstantSource clock = InstantSource.system();

    private Builder(RemoteUrl remote) {
      this.remote = remote;
    }

    /** Uses what the source gives, whenever the upstream asks for credentials. */
    public Builder credentials(CredentialSource source) {
      credentials = requireNonNull(source, "source");
      return this;
    }

    /** Uses these credentials whenever the upstream asks for some. */
    public Builder credentials(Credentials fixed) {
      return credentials(CredentialSource.of(requireNonNull(fixed, "credentials")));
    }

    /**
     * Lets the token service at this host have the credentials, over https whatever its domain.
     *
     * @param host a host name or address, or {@code host:port} for that port alone
     * @throws IllegalArgumentException when it is neither
     */
    public Builder trustedRealm(String host) {
      trustedRealms.add(TrustedRealm.parse(host).toString());
      return this;
    }

    /**
     * Lets credentials go over plain HTTP to hosts that are not loopback. Whoever is on the way can
     * read them.
     */
    public Builder allowInsecureCredentials() {
      insecureCredentials = true;
      return this;
    }

    /** Chooses the version of HTTP. */
    public Builder httpVersion(HttpVersion version) {
      httpVersion = requireNonNull(version, "version");
      return this;
    }

    /**
     * Limits connecting to one address.
     *
     * @param timeout from a millisecond to a day, as for all timeouts here
     */
    public Builder connectTimeout(Duration timeout) {
      connectTimeout = positive(timeout);
      return this;
    }

    /** Limits the time from the start of a request to the end of its answer's headers. */
    public Builder headerTimeout(Duration timeout) {
      headerTimeout = positive(timeout);
      return this;
    }

    /** Limits waiting for the next bytes of a body. */
    public Builder readTimeout(Duration timeout) {
      readTimeout = positive(timeout);
      return this;
    }

    /** Limits the time for the whole body of a manifest, tag list or token. */
    public Builder metadataTimeout(Duration timeout) {
      metadataTimeout = positive(timeout);
      return this;
    }

    /**
     * Sets the largest manifest or tag list.
     *
     * @param bytes at most what an array holds
     */
    public Builder metadataLimit(long bytes) {
      if (bytes < 1 || bytes > Integer.MAX_VALUE - 8) {
        throw new IllegalArgumentException("metadata limit out of range: " + bytes);
      }
      metadataLimit = bytes;
      return this;
    }

    /** Sets the {@code User-Agent}, in printable ASCII. */
    public Builder userAgent(String value) {
      if (value.isBlank() || !value.chars().allMatch(c -> c >= 0x20 && c < 0x7f)) {
        throw new IllegalArgumentException("user agent must be printable ASCII");
      }
      userAgent = value;
      return this;
    }

    /** Sets the clock by which tokens expire. */
    public Builder clock(InstantSource source) {
      clock = requireNonNull(source, "clock");
      return this;
    }

    /** The configuration as it stands now. */
    public UpstreamConfig build() {
      return new UpstreamConfig(this);
    }

    private static Duration positive(Duration timeout) {
      if (timeout.compareTo(Duration.ofMillis(1)) < 0
          || timeout.compareTo(Duration.ofDays(1)) > 0) {
        throw new IllegalArgumentException("timeout must be from 1 ms to 1 day: " + timeout);
      }
      return timeout;
    }
  }
}
