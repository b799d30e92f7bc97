package dev.cistern.server.config;

import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The section {@code http:}.
 *
 * @param addr the address to listen on
 * @param prefix the path before {@code v2/}: starts and ends with a slash; {@code /} for none
 * @param host the URL by which clients reach this server, for links in answers; empty: links are
 *     relative
 * @param headers headers to add to each answer, in the order of the file
 * @param drainTimeout how long requests in progress may continue after the server was asked to
 *     stop; zero: not at all
 * @param drainDelay how long the server goes on as before after it was asked to stop, except that
 *     it is not ready: for load balancers that must notice
 * @param limits what clients may take
 * @param tls for HTTPS; empty: HTTP
 * @param http2 whether HTTPS clients may choose HTTP/2
 * @param debug a second listener, for operators; empty: none
 * @param clients from where clients come
 * @param admin the status page
 */
public record HttpConfig(
    ListenAddress addr,
    String prefix,
    Optional<URI> host,
    Map<String, List<String>> headers,
    Duration drainTimeout,
    Duration drainDelay,
    HttpLimits limits,
    Optional<TlsConfig> tls,
    Http2 http2,
    Optional<DebugConfig> debug,
    ClientsConfig clients,
    AdminConfig admin) {

  /** Whether clients may choose HTTP/2, in the handshake of TLS (RFC 7301). */
  public enum Http2 {
    ENABLED,
    DISABLED
  }

  public static final HttpConfig DEFAULT =
      new HttpConfig(
          new ListenAddress(Optional.empty(), 5000),
          "/",
          Optional.empty(),
          Map.of(),
          Duration.ofSeconds(5),
          HttpLimits.DEFAULT,
          Optional.empty(),
          Http2.ENABLED,
          Optional.empty());

  /** For clients from everywhere, with the default status page, and no delay before the end. */
  public HttpConfig(
      ListenAddress addr,
      String prefix,
      Optional<URI> host,
      Map<String, List<String>> headers,
      Duration drainTimeout,
      HttpLimits limits,
      Optional<TlsConfig> tls,
      Http2 http2,
      Optional<DebugConfig> debug) {
    this(
        addr,
        prefix,
        host,
        headers,
        drainTimeout,
        Duration.ZERO,
        limits,
        tls,
        http2,
        debug,
        ClientsConfig.DEFAULT,
        AdminConfig.DEFAULT);
  }

  public HttpConfig {
    if (!prefix.startsWith("/") || !prefix.endsWith("/")) {
      throw new IllegalArgumentException("prefix must start and end with a slash: " + prefix);
    }
    Map<String, List<String>> copy = new LinkedHashMap<>();
    headers.forEach((name, values) -> copy.put(name, List.copyOf(values)));
    headers = Collections.unmodifiableMap(copy);
  }
}
