package dev.cistern.proxy.peer;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.net.URISyntaxException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The caches of a cluster, this one included, and how to reach them. All of them must have the same
 * upstreams and the same secret. Where a list differs from that of another cache for a while, the
 * cost is a second transfer, never a wrong answer. Immutable.
 */
public final class Peers {

  /** The default of {@link Builder#answerTimeout}. */
  public static final Duration DEFAULT_ANSWER_TIMEOUT = Duration.ofSeconds(2);

  /** The default of {@link Builder#stallTimeout}. */
  public static final Duration DEFAULT_STALL_TIMEOUT = Duration.ofMinutes(1);

  private static final String HOW =
      "an address of a peer must be host:port, http://host:port or https://host:port";

  private final List<URI> addresses;
  private final @Nullable URI service;
  private final @Nullable URI self;
  private final String secret;
  private final String node;
  private final String prefix;
  private final Duration answerTimeout;
  private final Duration stallTimeout;
  private final List<X509Certificate> trustedIssuers;

  private Peers(Builder builder) {
    addresses = List.copyOf(builder.addresses);
    service = builder.service;
    self = builder.self;
    secret = builder.secret;
    node = builder.node;
    prefix = builder.prefix;
    answerTimeout = builder.answerTimeout;
    stallTimeout = builder.stallTimeout;
    trustedIssuers = List.copyOf(builder.trustedIssuers);
  }

  /**
   * A cluster of these addresses.
   *
   * @param addresses those of all caches, this one included: {@code http} or {@code https}, a host
   *     and perhaps a port, see {@link #address}
   * @param secret the same for all, at least {@value PeerSignature#LEAST_SECRET} characters
   */
  public static Builder at(List<URI> addresses, String secret) {
    if (addresses.isEmpty()) {
      throw new IllegalArgumentException("a cluster needs at least one address");
    }
    return new Builder(secret, addresses.stream().map(Peers::normal).toList(), null);
  }

  /**
   * A cluster of all addresses that a name has in DNS, which is resolved again every few seconds.
   *
   * @param service the name with the port of all caches, as an address
   * @param secret as above
   */
  public static Builder named(URI service, String secret) {
    return new Builder(secret, List.of(), normal(service));
  }

  /**
   * Reads an address: {@code cistern-1:5000}, {@code http://cistern-1:5000} or {@code
   * https://cistern-1}.
   *
   * @throws IllegalArgumentException if it is anything else; the message says what to write
   */
  public static URI address(String text) {
    boolean plain = !text.contains("://");
    try {
      URI address = new URI(plain ? "http://" + text : text);
      if (plain && address.getPort() < 0) {
        // The default port of the scheme, 80, is almost never meant.
        throw new IllegalArgumentException(HOW);
      }
      return normal(address);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(HOW, e);
    }
  }

  private static URI normal(URI address) {
    String scheme = address.getScheme() == null ? "" : address.getScheme().toLowerCase(Locale.ROOT);
    String path = address.getRawPath() == null ? "" : address.getRawPath();
    if ((!scheme.equals("http") && !scheme.equals("https"))
        || address.getHost() == null
        || address.getPort() > 65535
        || address.getRawUserInfo() != null
        || address.getRawQuery() != null
        || address.getRawFragment() != null
        || !(path.isEmpty() || path.equals("/"))) {
      throw new IllegalArgumentException(HOW);
    }
    int port = address.getPort() > 0 ? address.getPort() : scheme.equals("https") ? 443 : 80;
    return URI.create(scheme + "://" + address.getHost().toLowerCase(Locale.ROOT) + ":" + port);
  }

  /** The addresses of the caches; empty if DNS knows them. */
  public List<URI> addresses() {
    return addresses;
  }

  /** The name that has the addresses of all caches in DNS. */
  public Optional<URI> service() {
    return Optional.ofNullable(service);
  }

  /** Which address is that of this cache; empty: the one at which it gets its own question. */
  public Optional<URI> self() {
    return Optional.ofNullable(self);
  }

  /** The path before {@code /v2/} at the peers, without a slash at its end. */
  public String prefix() {
    return prefix;
  }

  /** How long a peer may take to accept a connection, and to say that it works. */
  public Duration answerTimeout() {
    return answerTimeout;
  }

  /** The longest time without a byte of a body, though the peer says that it works. */
  public Duration stallTimeout() {
    return stallTimeout;
  }

  /** Issuers of certificates that are trusted in addition to the JDK's. */
  public List<X509Certificate> trustedIssuers() {
    return trustedIssuers;
  }

  /** Signs the requests of this cache, and verifies those of others. */
  public PeerSignature signature() {
    return PeerSignature.of(secret, node, InstantSource.system());
  }

  @Override
  public String toString() {
    return "Peers[" + (service == null ? addresses : service) + "]";
  }

  /** Collects the parts. For one thread. */
  public static final class Builder {

    private final List<URI> addresses;
    private final @Nullable URI service;
    private final String secret;
    private final List<X509Certificate> trustedIssuers = new ArrayList<>();
    private @Nullable URI self;
    private String node = "cistern-" + UUID.randomUUID();
    private String prefix = "";
    private Duration answerTimeout = DEFAULT_ANSWER_TIMEOUT;
    private Duration stallTimeout = DEFAULT_STALL_TIMEOUT;

    private Builder(String secret, List<URI> addresses, @Nullable URI service) {
      this.secret = secret;
      this.addresses = addresses;
      this.service = service;
    }

    /**
     * Which address is that of this cache. By default it asks all and finds the one at which it
     * answers itself.
     */
    public Builder self(URI address) {
      self = normal(address);
      return this;
    }

    /**
     * The name of this cache in its requests to peers and, if its server sends {@code Via}, there.
     * A random one by default.
     */
    public Builder node(String name) {
      node = PeerSignature.requireName(name);
      return this;
    }

    /** The path before {@code /v2/} at the peers, without a slash at its end; none by default. */
    public Builder prefix(String path) {
      prefix = requireNonNull(path, "prefix");
      return this;
    }

    /**
     * How long a peer may take to accept a connection, and to say that it works. {@link
     * #DEFAULT_ANSWER_TIMEOUT} by default.
     */
    public Builder answerTimeout(Duration timeout) {
      answerTimeout = positive(timeout);
      return this;
    }

    /**
     * The longest time without a byte of a body, though the peer says that it works. Longer than
     * that of the upstreams. {@link #DEFAULT_STALL_TIMEOUT} by default.
     */
    public Builder stallTimeout(Duration timeout) {
      stallTimeout = positive(timeout);
      return this;
    }

    /** Trusts certificates of this issuer, in addition to those that the JDK trusts. */
    public Builder trustedIssuer(X509Certificate issuer) {
      trustedIssuers.add(requireNonNull(issuer, "issuer"));
      return this;
    }

    /**
     * Makes the cluster.
     *
     * @throws IllegalArgumentException if the secret is too short, or {@code self} is none of the
     *     addresses
     */
    public Peers build() {
      PeerSignature unused = PeerSignature.of(secret, node, InstantSource.system());
      if (self != null && !addresses.isEmpty() && !addresses.contains(self)) {
        throw new IllegalArgumentException(
            "this cache itself (" + self + ") must be one of the addresses of the peers");
      }
      return new Peers(this);
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
