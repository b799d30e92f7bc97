package dev.cistern.server.config;

import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.proxy.upstream.http.UpstreamConfigBuilder;
import dev.cistern.storage.GoDuration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Reads the keys of {@code proxy} that say how to log in to the upstream. */
final class CredentialsReader {

  private CredentialsReader() {}

  /**
   * @param otherwise the login if the section has none
   */
  static CredentialsConfig read(Section proxy, UpstreamLogin otherwise) {
    return new CredentialsConfig(
        login(proxy, otherwise),
        proxy.list("trustedrealms", CredentialsReader::trustedRealm),
        proxy.value(
            "insecurecredentials",
            CredentialsConfig.DEFAULT.overPlainHttp(),
            ValueParser.flag(
                CredentialsConfig.PlainHttp.ALLOWED, CredentialsConfig.PlainHttp.REFUSED)));
  }

  private static UpstreamLogin login(Section proxy, UpstreamLogin otherwise) {
    Map<String, UpstreamLogin> logins = new LinkedHashMap<>();
    password(proxy).ifPresent(login -> logins.put("username", login));
    proxy.section("exec", CredentialsReader::helper).ifPresent(login -> logins.put("exec", login));
    proxy
        .path("dockerconfig")
        .map(UpstreamLogin.DockerConfig::new)
        .ifPresent(login -> logins.put("dockerconfig", login));
    if (logins.size() > 1) {
      List<String> keys = List.copyOf(logins.keySet());
      proxy.error(
          keys.get(1),
          "use only one source of credentials; the configuration sets "
              + keys.stream().map(proxy::name).collect(Collectors.joining(", ")));
    }
    return logins.values().stream().findFirst().orElse(otherwise);
  }

  private static Optional<UpstreamLogin> password(Section proxy) {
    Optional<String> username = proxy.text("username");
    Optional<String> password = proxy.text("password");
    Optional<Path> file = proxy.path("passwordfile");
    if (password.isPresent() && file.isPresent()) {
      proxy.error("passwordfile", proxy.name("password") + " is set too; remove one of them");
    }
    if (username.isEmpty()) {
      password.ifPresent(p -> proxy.error("password", "also set " + proxy.name("username")));
      file.ifPresent(f -> proxy.error("passwordfile", "also set " + proxy.name("username")));
      return Optional.empty();
    }
    if (password.isEmpty() && file.isEmpty()) {
      proxy.error(
          "username", "also set " + proxy.name("password") + " or " + proxy.name("passwordfile"));
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
      exec.error("lifetime", "also set " + exec.name("command"));
    }
    return command.map(program -> new UpstreamLogin.Helper(program, lifetime));
  }

  /** A negative lifetime counts as zero, as in Distribution: no credentials are used twice. */
  private static Duration lifetime(String text) {
    boolean negative = text.startsWith("-");
    Duration length = GoDuration.parse(negative ? text.substring(1) : text);
    return negative ? Duration.ZERO : length;
  }

  private static String trustedRealm(String text) {
    // The builder knows what a realm looks like.
    UpstreamConfigBuilder unused = UpstreamConfig.builder("https://localhost").trustedRealm(text);
    return text;
  }
}
