package dev.cistern.server;

import dev.cistern.api.Printable;
import dev.cistern.proxy.credential.CredentialHelper;
import dev.cistern.proxy.credential.CredentialSource;
import dev.cistern.proxy.credential.Credentials;
import dev.cistern.proxy.credential.DockerConfig;
import dev.cistern.proxy.credential.PasswordFile;
import dev.cistern.proxy.upstream.http.ProxySettings;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.proxy.upstream.http.UpstreamConfigBuilder;
import dev.cistern.server.config.CredentialsConfig;
import dev.cistern.server.config.NetworkConfig;
import dev.cistern.server.config.ProxyConfig;
import dev.cistern.server.config.UnusableConfigException;
import dev.cistern.server.config.UpstreamLogin;
import dev.cistern.server.tls.UpstreamTls;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Turns the {@code proxy} section into the configuration of the upstream's client. */
final class UpstreamWiring {

  private UpstreamWiring() {}

  /**
   * Reads the files that the section names.
   *
   * @param environment the variables of the process, which may name an HTTP proxy
   * @throws IOException if a file or a variable is wrong; the message is for the operator
   */
  static UpstreamConfigBuilder builder(ProxyConfig proxy, Map<String, String> environment)
      throws IOException {
    UpstreamConfigBuilder upstream = UpstreamConfig.builder(proxy.remoteUrl().toString());
    CredentialsConfig credentials = proxy.credentials();
    upstream.credentials(source(credentials.login(), proxy.remoteUrl(), environment));
    credentials.trustedRealms().forEach(upstream::trustedRealm);
    if (credentials.overPlainHttp() == CredentialsConfig.PlainHttp.ALLOWED) {
      upstream.allowInsecureCredentials();
    }
    NetworkConfig network = proxy.network();
    upstream
        .httpVersion(network.httpVersion())
        .connectTimeout(network.timeouts().connect())
        .headerTimeout(network.timeouts().headers())
        .stallTimeout(network.timeouts().stall())
        .proxy(httpProxy(network, environment));
    network.trustedRedirects().forEach(upstream::trustedRedirect);
    network.transfers().bandwidth().ifPresent(upstream::maxBandwidth);
    tls(network.tls(), upstream);
    return upstream;
  }

  private static CredentialSource source(
      UpstreamLogin login, URI registry, Map<String, String> environment) throws IOException {
    if (login instanceof UpstreamLogin.Password password) {
      return fixed(password);
    }
    if (login instanceof UpstreamLogin.PasswordFile file) {
      SecretFile.warnIfReadableByAll("proxy.passwordfile", file.file());
      try {
        return PasswordFile.open(file.username(), file.file());
      } catch (IOException e) {
        throw new UnusableConfigException("proxy.passwordfile: " + e.getMessage(), e);
      }
    }
    if (login instanceof UpstreamLogin.Helper helper) {
      requireProgram(helper.command(), environment);
      CredentialHelper program = CredentialHelper.of(helper.command(), registry);
      return helper.lifetime().map(program::lasting).orElse(program);
    }
    if (login instanceof UpstreamLogin.DockerConfig config) {
      SecretFile.warnIfReadableByAll("proxy.dockerconfig", config.file());
      try {
        return DockerConfig.open(config.file(), registry);
      } catch (IOException e) {
        throw new UnusableConfigException("proxy.dockerconfig: " + e.getMessage(), e);
      }
    }
    return CredentialSource.anonymous();
  }

  /** Looks where the operating system will look. */
  private static void requireProgram(String command, Map<String, String> environment)
      throws UnusableConfigException {
    boolean path = command.contains("/");
    List<Path> candidates =
        path
            ? List.of(Path.of(command))
            : Stream.of(environment.getOrDefault("PATH", "").split(File.pathSeparator, -1))
                .map(directory -> Path.of(directory, command))
                .toList();
    if (candidates.stream()
        .noneMatch(file -> Files.isRegularFile(file) && Files.isExecutable(file))) {
      throw new UnusableConfigException(
          "proxy.exec.command: "
              + Printable.escaped(command)
              + (path ? " is not an executable file" : " is not in the PATH of the server")
              + "; install the program, or name it by its absolute path");
    }
  }

  private static CredentialSource fixed(UpstreamLogin.Password login) throws IOException {
    try {
      return CredentialSource.of(new Credentials(login.username(), login.password()));
    } catch (IllegalArgumentException e) {
      throw new UnusableConfigException("proxy.username, proxy.password: " + e.getMessage(), e);
    }
  }

  private static ProxySettings httpProxy(NetworkConfig network, Map<String, String> environment)
      throws IOException {
    try {
      return network.httpProxy().isPresent()
          ? network.httpProxy().get()
          : ProxySettings.fromEnvironment(environment);
    } catch (IllegalArgumentException e) {
      throw new UnusableConfigException("the environment variable " + e.getMessage(), e);
    }
  }

  private static void tls(NetworkConfig.Tls tls, UpstreamConfigBuilder upstream)
      throws IOException {
    if (tls.ca().isPresent()) {
      for (X509Certificate issuer : UpstreamTls.issuers(tls.ca().get())) {
        upstream.trustedIssuer(issuer);
      }
    }
    if (tls.identity().isPresent()) {
      NetworkConfig.Identity identity = tls.identity().get();
      SecretFile.warnIfReadableByAll("proxy.tls.key", identity.key());
      upstream.clientIdentity(UpstreamTls.identity(identity.certificate(), identity.key()));
    }
  }
}
