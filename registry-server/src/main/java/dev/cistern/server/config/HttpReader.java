package dev.cistern.server.config;

import dev.cistern.api.Printable;
import dev.cistern.storage.ByteSize;
import dev.cistern.storage.GoDuration;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads {@code http}. */
final class HttpReader {

  private static final Pattern PREFIX = Pattern.compile("/([A-Za-z0-9._~-]+/)*");
  private static final Pattern METRICS_PATH = Pattern.compile("(/[A-Za-z0-9._~-]+)+");
  private static final Pattern HEADER_NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");
  private static final Pattern HEADER_VALUE = Pattern.compile("[\\t\\x20-\\x7e\\x80-\\xff]*");

  private static final Pattern COUNT = Pattern.compile("[1-9][0-9]{0,5}");
  private static final long LEAST_HEADER_SIZE = 1 << 10;
  private static final long MOST_HEADER_SIZE = 1 << 20;
  private static final Duration LEAST_TIME = Duration.ofMillis(100);
  private static final Duration MOST_TIME = Duration.ofHours(24);

  /** Headers that delimit the answer; another value would break it. */
  private static final Set<String> FRAMING =
      Set.of(
          "connection",
          "content-length",
          "content-range",
          "content-type",
          "transfer-encoding",
          "trailer",
          "upgrade");

  private HttpReader() {}

  static HttpConfig read(Section http) {
    String unused = http.value("net", "tcp", HttpReader::network);
    http.ignored("secret", "a pull-through cache keeps no upload state with clients");
    http.ignored("relativeurls", "links are relative unless you set http.host");
    http.ignored("h2c", "the server speaks HTTP/2 over TLS only");
    HttpConfig defaults = HttpConfig.DEFAULT;
    ListenAddress addr = http.value("addr", defaults.addr(), ListenAddress::parse);
    return new HttpConfig(
        addr,
        http.value("prefix", defaults.prefix(), HttpReader::prefix),
        http.optional("host", WebAddress::parse),
        headers(http),
        http.value("draintimeout", defaults.drainTimeout(), ValueParser.DURATION),
        http.value("draindelay", defaults.drainDelay(), ValueParser.DURATION),
        limits(http),
        http.section("tls", TlsReader::read),
        http.section("http2", HttpReader::http2),
        http.section("debug", debug -> debug(debug, addr)),
        clients(http),
        AdminReader.read(http, addr));
  }

  private static ClientsConfig clients(Section http) {
    return new ClientsConfig(
        http.list("allow", IpNetwork::parse),
        http.list("trustedproxies", IpNetwork::parse),
        http.value("forwardedheader", ClientsConfig.DEFAULT.header(), HttpReader::forwardedHeader));
  }

  private static ClientsConfig.ForwardedHeader forwardedHeader(String text) {
    return Stream.of(ClientsConfig.ForwardedHeader.values())
        .filter(header -> header.text().equals(text.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() -> ValueParser.notOneOf(text, List.of("x-forwarded-for", "forwarded")));
  }

  private static HttpLimits limits(Section http) {
    HttpLimits defaults = HttpLimits.DEFAULT;
    return new HttpLimits(
        http.value("maxconnections", defaults.maxConnections(), HttpReader::count),
        http.value("maxheadersize", defaults.maxHeaderSize(), HttpReader::headerSize),
        http.value("requesttimeout", defaults.requestTimeout(), HttpReader::timeLimit),
        http.value("handshaketimeout", defaults.handshakeTimeout(), HttpReader::timeLimit),
        http.value("idletimeout", defaults.idleTimeout(), HttpReader::timeLimit),
        http.value("writetimeout", defaults.writeTimeout(), HttpReader::timeLimit),
        http.value("maxstreams", defaults.maxStreams(), HttpReader::count));
  }

  private static int count(String text) {
    if (!COUNT.matcher(text).matches()) {
      throw new IllegalArgumentException(
          Printable.quoted(text) + " is not a number from 1 to 999999");
    }
    return Integer.parseInt(text);
  }

  private static int headerSize(String text) {
    long size = ByteSize.parse(text);
    if (size < LEAST_HEADER_SIZE || size > MOST_HEADER_SIZE) {
      throw new IllegalArgumentException(
          Printable.quoted(text) + " is not a size from 1KiB to 1MiB");
    }
    return (int) size;
  }

  private static Duration timeLimit(String text) {
    Duration limit = GoDuration.parse(text);
    if (limit.compareTo(LEAST_TIME) < 0 || limit.compareTo(MOST_TIME) > 0) {
      throw new IllegalArgumentException(
          Printable.quoted(text) + " is not a duration from 100ms to 24h");
    }
    return limit;
  }

  private static HttpConfig.Http2 http2(Section http2) {
    return http2.value(
        "disabled",
        HttpConfig.DEFAULT.http2(),
        ValueParser.flag(HttpConfig.Http2.DISABLED, HttpConfig.Http2.ENABLED));
  }

  private static Optional<DebugConfig> debug(Section debug, ListenAddress clients) {
    Optional<ListenAddress> addr =
        debug.optional("addr", text -> otherAddress(ListenAddress.parse(text), clients));
    Optional<String> metrics = debug.section("prometheus", HttpReader::prometheus);
    if (addr.isEmpty() && metrics.isPresent()) {
      debug.error("prometheus", "also set http.debug.addr, the address of the metrics");
    }
    return addr.map(address -> new DebugConfig(address, metrics));
  }

  static ListenAddress otherAddress(ListenAddress address, ListenAddress clients) {
    if (address.overlaps(clients)) {
      throw new IllegalArgumentException(
          "'"
              + address
              + "' has the same port as http.addr, which is '"
              + clients
              + "'; choose another port");
    }
    return address;
  }

  private static Optional<String> prometheus(Section prometheus) {
    String path =
        prometheus.value("path", DebugConfig.DEFAULT_METRICS_PATH, HttpReader::metricsPath);
    return prometheus.value("enabled", false, ValueParser.FLAG)
        ? Optional.of(path)
        : Optional.empty();
  }

  private static String metricsPath(String text) {
    if (!METRICS_PATH.matcher(text).matches()) {
      throw new IllegalArgumentException(
          Printable.quoted(text) + " is not a path that starts with a slash, such as /metrics");
    }
    return text;
  }

  private static String network(String text) {
    if (!text.isEmpty() && !text.equals("tcp")) {
      throw new IllegalArgumentException(
          Printable.quoted(text) + " is not supported; the network must be tcp");
    }
    return text;
  }

  private static String prefix(String text) {
    if (text.isEmpty()) {
      return HttpConfig.DEFAULT.prefix();
    }
    if (!PREFIX.matcher(text).matches()) {
      throw new IllegalArgumentException(
          Printable.quoted(text)
              + " is not a path that starts and ends with a slash, such as /registry/");
    }
    return text;
  }

  private static Map<String, List<String>> headers(Section http) {
    Map<String, List<String>> headers = http.lists("headers");
    headers.forEach(
        (name, values) ->
            checkHeader(name, values).ifPresent(problem -> http.error("headers", problem)));
    return headers;
  }

  private static Optional<String> checkHeader(String name, List<String> values) {
    if (!HEADER_NAME.matcher(name).matches()) {
      return Optional.of(Printable.quoted(name) + " is not a valid header name");
    }
    if (FRAMING.contains(name.toLowerCase(Locale.ROOT))) {
      return Optional.of("remove " + name + "; the server sets this header itself");
    }
    if (!values.stream().allMatch(value -> HEADER_VALUE.matcher(value).matches())) {
      return Optional.of("a value of " + name + " contains a character that is not allowed");
    }
    return Optional.empty();
  }
}
