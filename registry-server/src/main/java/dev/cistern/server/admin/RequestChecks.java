package dev.cistern.server.admin;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what a browser sends for another site.
 *
 * <ul>
 *   <li>A site whose name was made to mean this machine (DNS rebinding) sends its own name as
 *       {@code Host}. Without passwords, only names of the loopback are answered. With passwords it
 *       has none to send.
 *   <li>A site that lets a browser send a form here (CSRF) does not know the token of the page, and
 *       is named in {@code Origin} and {@code Sec-Fetch-Site}. It cannot send JSON without asking
 *       first, and nothing here allows that.
 * </ul>
 */
final class RequestChecks {

  private static final Pattern HOST =
      Pattern.compile("(?<host>[A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}\\])(?::\\d{1,5})?");
  private static final Pattern LOOPBACK =
      Pattern.compile(
          "localhost|[a-z0-9-]+\\.localhost|127(\\.\\d{1,3}){3}|\\[::1\\]|\\[0*(:0*){6,7}:?1\\]",
          Pattern.CASE_INSENSITIVE);

  /** Who may ask by which names. */
  enum Names {
    /** The loopback only. */
    LOOPBACK,
    ALL
  }

  private final Names names;
  private final String token = newToken();

  RequestChecks(Names names) {
    this.names = names;
  }

  private static String newToken() {
    byte[] random = new byte[16];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  /** The token of forms on the page. */
  String token() {
    return token;
  }

  /** The name that a request has for this machine, without the port; empty if it is no name. */
  static Optional<String> host(HttpServerExchange exchange) {
    @Nullable String host = exchange.getRequestHeaders().getFirst(Headers.HOST);
    Matcher matcher = HOST.matcher(host == null ? "" : host);
    return matcher.matches() ? Optional.of(matcher.group("host")) : Optional.empty();
  }

  /** Why a request is refused; empty if it is not. */
  Optional<String> refusal(HttpServerExchange exchange) {
    Optional<String> host = host(exchange);
    if (host.isEmpty() || exchange.getRequestHeaders().count(Headers.HOST) != 1) {
      return Optional.of("The Host of the request is not valid.");
    }
    if (names == Names.LOOPBACK && !LOOPBACK.matcher(host.get()).matches()) {
      return Optional.of(
          "Without passwords, this page answers only to localhost. To use another name, set"
              + " http.admin.htpasswd.");
    }
    return Optional.empty();
  }

  /** Why an action is refused; empty if it is not. */
  Optional<String> refusalOfAction(HttpServerExchange exchange) {
    HeaderMap headers = exchange.getRequestHeaders();
    @Nullable String site = headers.getFirst("Sec-Fetch-Site");
    @Nullable String origin = headers.getFirst(Headers.ORIGIN);
    @Nullable String host = headers.getFirst(Headers.HOST);
    boolean isOwn =
        (site == null || site.equals("same-origin") || site.equals("none"))
            && (origin == null
                || origin.equalsIgnoreCase("http://" + host)
                || origin.equalsIgnoreCase("https://" + host));
    return isOwn
        ? Optional.empty()
        : Optional.of("This request comes from another site. Open the status page itself.");
  }

  /** Whether a form has the token of the page. */
  boolean isFromPage(Request form) {
    return MessageDigest.isEqual(
        form.text("token").getBytes(StandardCharsets.UTF_8),
        token.getBytes(StandardCharsets.UTF_8));
  }
}
