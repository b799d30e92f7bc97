package dev.cistern.server.config;

import dev.cistern.proxy.policy.ImagePattern;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code auth}. A cache that should authenticate its clients must not start if it cannot. */
final class AuthReader {

  private static final String DEFAULT_REALM = "cistern";

  private static final Pattern REALM = Pattern.compile("[\\x20-\\x7e]{1,200}");

  private AuthReader() {}

  static AuthConfig read(Section auth) {
    List<String> kinds = new ArrayList<>(auth.keys());
    kinds.remove("anonymous");
    auth.entry("none");
    auth.refused(
        "silly", "is not supported: it checks nothing; remove this section to serve everyone");
    Optional<AuthConfig.Htpasswd> htpasswd = auth.section("htpasswd", AuthReader::htpasswd);
    if (kinds.contains("htpasswd") && !auth.hasSection("htpasswd")) {
      auth.error("htpasswd", "also set auth.htpasswd.path, a file of htpasswd -B");
    }
    if (kinds.size() > 1) {
      auth.error(
          kinds.get(1), "use only one kind of authentication; remove " + auth.name(kinds.get(0)));
    }
    List<ImagePattern> anonymous = auth.list("anonymous", ImagePattern::parse);
    if (!anonymous.isEmpty() && htpasswd.isEmpty()) {
      auth.warning("anonymous", "has no effect: without auth.htpasswd everyone may pull");
    }
    return new AuthConfig(htpasswd, htpasswd.isEmpty() ? List.of() : anonymous);
  }

  private static Optional<AuthConfig.Htpasswd> htpasswd(Section htpasswd) {
    String realm = htpasswd.value("realm", DEFAULT_REALM, AuthReader::realm);
    Optional<Path> path = htpasswd.path("path");
    if (path.isEmpty() && !htpasswd.keys().isEmpty() && htpasswd.text("path").isEmpty()) {
      htpasswd.error("path", "must name a file of htpasswd -B");
    }
    return path.map(file -> new AuthConfig.Htpasswd(realm, file));
  }

  private static String realm(String text) {
    if (!REALM.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "the realm must have 1 to 200 characters of printable ASCII");
    }
    return text;
  }
}
