package dev.cistern.server.cli;

import dev.cistern.proxy.credential.Credentials;
import dev.cistern.proxy.credential.PasswordFile;
import dev.cistern.proxy.upstream.http.ProxySettings;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.proxy.upstream.http.UpstreamConfigBuilder;
import dev.cistern.server.tls.UpstreamTls;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How to reach a running server as a client. */
final class ServerOptions {

  static final String PASSWORD = "CISTERN_PASSWORD";

  /** The server may have to ask its upstream first, and to log in there. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @Option(
      names = "--server",
      required = true,
      paramLabel = "URL",
      description =
          "Warms a running server: pulls the images from it as clients do, and discards them.")
  private String url = "";

  @Option(
      names = "--user",
      paramLabel = "NAME",
      description =
          "The user, if the server wants a login. The password comes from --password-file or the"
              + " variable "
              + PASSWORD
              + ".")
  private @Nullable String user;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "A file that contains the password of --user.")
  private @Nullable Path passwordFile;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "The certificate authorities of the server (PEM), besides those of Java.")
  private @Nullable Path ca;

  /**
   * The client of the server.
   *
   * @throws IllegalArgumentException if an option is wrong; the message is for the user
   * @throws IOException if a file cannot be used; the message is for the user
   */
  UpstreamConfig client(Map<String, String> environment) throws IOException {
    UpstreamConfigBuilder client = builder();
    client
        .headerTimeout(PATIENCE)
        .stallTimeout(PATIENCE)
        .proxy(ProxySettings.fromEnvironment(environment));
    if (ca != null) {
      for (X509Certificate issuer : UpstreamTls.issuers("--ca", ca)) {
        client.trustedIssuer(issuer);
      }
    }
    if (user != null) {
      login(client, user, environment);
    } else if (passwordFile != null) {
      throw new IllegalArgumentException("--password-file needs --user");
    }
    return client.build();
  }

  private UpstreamConfigBuilder builder() {
    try {
      return UpstreamConfig.builder(url);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "--server must be the URL of a server, such as https://cache.example:5000", e);
    }
  }

  private void login(UpstreamConfigBuilder client, String name, Map<String, String> environment)
      throws IOException {
    URI server = client.build().remoteUrl();
    if ("http".equals(server.getScheme()) && !isHere(server.getHost())) {
      throw new IllegalArgumentException(
          "A login over http:// could be read by others; use the https:// URL of the server");
    }
    String password = environment.getOrDefault(PASSWORD, "");
    if (passwordFile != null) {
      client.credentials(PasswordFile.open(name, passwordFile));
    } else if (!password.isEmpty()) {
      client.credentials(new Credentials(name, password));
    } else {
      throw new IllegalArgumentException(
          "--user needs a password: set --password-file, or the variable " + PASSWORD);
    }
  }

  /** Not for a host with an underscore, which is none for Java. */
  private static boolean isHere(@Nullable String host) {
    return host != null
        && (host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]"));
  }
}
