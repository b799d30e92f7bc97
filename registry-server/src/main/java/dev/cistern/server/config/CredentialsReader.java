package dev.cistern.server.config;

import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.proxy.upstream.http.UpstreamConfigBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the keys of {@code proxy} that say who we are to the upstream. */
final class CredentialsReader {

  private CredentialsReader() {}

  static CredentialsConfig read(Section proxy) {
    boolean insecure = proxy.value("insecurecredentials", false, ValueParser.FLAG);
    return new CredentialsConfig(
        login(proxy),
        proxy.values("trustedrealms", CredentialsReader::trustedRealm),
        insecure ? CredentialsConfig.PlainHttp.ALLOWED : CredentialsConfig.PlainHttp.REFUSED);
  }

  private static UpstreamLogin login(Section proxy) {
    Map<String, UpstreamLogin> logins = new LinkedHashMap<>();
    password(proxy).ifPresent(login -> logins.put("username", login));
    proxy.section("exec", CredentialsReader::helper).ifPresent(login -> logins.put("exec", login));
    path(proxy, "dockerconfig")
        .map(UpstreamLogin.DockerConfig::new)
        .ifPresent(login -> logins.put("dockerconfig", login));
    if (logins.size() > 1) {
      List<String> keys = List.copyOf(logins.keySet());
      proxy.error(
          keys.get(1),
          "credentials come from one place; there are proxy." + String.join(", proxy.", keys));
    }
    return logins.values().stream().findFirst().orElseGet(UpstreamLogin.Anonymous::new);
  }

  private static Optional<UpstreamLogin> password(Section proxy) {
    Optional<String> username = proxy.text("username");
    Optional<String> password = proxy.text("password");
    Optional<Path> file = path(proxy, "passwordfile");
    if (password.isPresent() && file.isPresent()) {
      proxy.error("passwordfile", "there is proxy.password already; leave out one of the two");
    }
    if (username.isEmpty()) {
      password.ifPresent(p -> proxy.error("password", "needs proxy.username with it"));
      file.ifPresent(f -> proxy.error("passwordfile", "needs proxy.username with it"));
      return Optional.empty();
    }
    if (password.isEmpty() && file.isEmpty()) {
      proxy.error("username", "needs proxy.password or proxy.passwordfile with it");
      return Optional.empty();
    }
    return Optional.of(
        file.isPresent()
            ? new UpstreamLogin.PasswordFile(username.get(), file.get())
            : new UpstreamLogin.Password(username.get(), password.orElseThrow()));
  }

  private static Optional<UpstreamLogin> helper(Section exec) {
    Optional<String> command = exec.text("command");
    Optional<Duration> lifetime = exec.optional("lifetime", CredentialsReader::lifetime);
    if (lifetime.isPresent() && command.isEmpty()) {
      exec.error("lifetime", "needs proxy.exec.command with it");
    }
    return command.map(program -> new UpstreamLogin.Helper(program, lifetime));
  }

  /** One below zero is as zero, as for Distribution: nothing is used twice. */
  private static Duration lifetime(String text) {
    boolean negative = text.startsWith("-");
    Duration length = GoDuration.parse(negative ? text.substring(1) : text);
    return negative ? Duration.ZERO : length;
  }

  private static String trustedRealm(String text) {
    // The one place that knows what a realm looks like.
    UpstreamConfigBuilder unused = UpstreamConfig.builder("https://localhost").trustedRealm(text);
    return text;
  }

  private static Optional<Path> path(Section proxy, String key) {
    return proxy.text(key).isEmpty() ? Optional.empty() : proxy.optional(key, ValueParser.PATH);
  }
}
