package dev.cistern.server.config;

import dev.cistern.proxy.policy.ImagePattern;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads {@code auth}. A cache that should authenticate its clients must not start if it cannot. */
final class AuthReader {

  private static final String DEFAULT_REALM = "cistern";

  private static final Pattern REALM = Pattern.compile("[\\x20-\\x7e]{1,200}");

  private static final List<String> ALGORITHMS =
      List.of(
          "EdDSA", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512");

  private static final Set<String> KINDS = Set.of("none", "htpasswd", "token");

  private AuthReader() {}

  static AuthConfig read(Section auth) {
    List<String> kinds = new ArrayList<>(auth.keys());
    kinds.remove("anonymous");
    Optional<Node.Entry> unused = auth.entry("none");
    for (String kind : kinds) {
      // Even where an unknown key is only a warning: the server would be open.
      if (!KINDS.contains(kind)) {
        unused = auth.entry(kind);
        auth.error(kind, "is not supported; use auth.htpasswd or auth.token, or none");
      }
    }
    Optional<AuthConfig.Htpasswd> htpasswd = auth.section("htpasswd", AuthReader::htpasswd);
    if (kinds.contains("htpasswd") && !auth.hasSection("htpasswd")) {
      auth.error("htpasswd", "also set auth.htpasswd.path, a file of htpasswd -B");
    }
    Optional<AuthConfig.Token> token = auth.section("token", AuthReader::token);
    if (kinds.contains("token") && !auth.hasSection("token")) {
      auth.error("token", "also set auth.token.realm, the URL of the token service");
    }
    if (kinds.size() > 1) {
      auth.error(
          kinds.get(1), "use only one kind of authentication; remove " + auth.name(kinds.get(0)));
    }
    List<ImagePattern> anonymous = auth.list("anonymous", ImagePattern::parse);
    boolean open = htpasswd.isEmpty() && token.isEmpty();
    if (!anonymous.isEmpty() && open) {
      auth.warning(
          "anonymous", "has no effect: without auth.htpasswd or auth.token everyone may pull");
    }
    return new AuthConfig(htpasswd, token, open ? List.of() : anonymous);
  }

  private static Optional<AuthConfig.Htpasswd> htpasswd(Section htpasswd) {
    String realm =
        htpasswd.keys().isEmpty()
            ? htpasswd.optional("realm", AuthReader::realm).orElse(DEFAULT_REALM)
            : htpasswd.value("realm", DEFAULT_REALM, AuthReader::realm);
    Optional<Path> path = htpasswd.path("path");
    if (path.isEmpty() && !htpasswd.keys().isEmpty() && htpasswd.text("path").isEmpty()) {
      htpasswd.error("path", "must name a file of htpasswd -B");
    }
    return path.map(file -> new AuthConfig.Htpasswd(realm, file));
  }

  private static Optional<AuthConfig.Token> token(Section token) {
    boolean given = !token.keys().isEmpty();
    token.optional("autoredirect", AuthReader::noRedirect);
    token.ignored("autoredirectpath", "auth.token.autoredirect is not supported");
    Optional<String> realm = token.optional("realm", text -> WebAddress.parse(text).toString());
    Optional<String> service = token.text("service");
    Optional<String> issuer = token.text("issuer");
    Optional<Path> certificates = token.path("rootcertbundle");
    Optional<Path> jwks = token.path("jwks");
    List<String> algorithms = token.list("signingalgorithms", AuthReader::algorithm);
    if (!given) {
      return Optional.empty();
    }
    require(token, "realm", "must be the URL of the token service");
    require(token, "service", "must name this cache, as the audience of tokens");
    require(token, "issuer", "must name the issuer of tokens");
    if (token.text("rootcertbundle").isEmpty() && token.text("jwks").isEmpty()) {
      token.error("rootcertbundle", "also set this or auth.token.jwks: the keys of the tokens");
    }
    return realm.isEmpty() || service.isEmpty() || issuer.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new AuthConfig.Token(
                realm.get(),
                service.get(),
                issuer.get(),
                certificates,
                jwks,
                algorithms.isEmpty() ? ALGORITHMS : algorithms));
  }

  private static void require(Section token, String key, String text) {
    if (token.text(key).isEmpty()) {
      token.error(key, text);
    }
  }

  private static boolean noRedirect(String text) {
    if (ValueParser.FLAG.parse(text)) {
      throw new IllegalArgumentException(
          "is not supported; set auth.token.realm to the URL of the token service");
    }
    return false;
  }

  /**
   * Secrets that both sides share are not supported: every service that checks such a token can
   * make one.
   */
  private static String algorithm(String text) {
    if (!ALGORITHMS.contains(text)) {
      throw ValueParser.notOneOf(text, ALGORITHMS);
    }
    return text;
  }

  private static String realm(String text) {
    if (!REALM.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "the realm must have 1 to 200 characters of printable ASCII");
    }
    return text;
  }
}
