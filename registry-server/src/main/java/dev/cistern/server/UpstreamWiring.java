package dev.cistern.server;

import dev.cistern.api.Printable;
import dev.cistern.proxy.UpstreamOptions;
import dev.cistern.proxy.credential.CredentialHelper;
import dev.cistern.proxy.credential.CredentialSource;
import dev.cistern.proxy.credential.Credentials;
import dev.cistern.proxy.credential.DockerConfig;
import dev.cistern.proxy.credential.PasswordFile;
import dev.cistern.proxy.upstream.http.ProxySettings;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.proxy.upstream.http.UpstreamConfigBuilder;
import dev.cistern.server.config.CredentialsConfig;
import dev.cistern.server.config.KnownRegistry;
import dev.cistern.server.config.NetworkConfig;
import dev.cistern.server.config.RegistryConfig;
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

/** Turns the configuration of an upstream into that of its client. */
final class UpstreamWiring {

  private final RegistryConfig registry;
  private final Map<String, String> environment;
  private final String via;

  /** Where the keys of the registry are, for messages. */
  private final String section;

  /**
   * @param environment the variables of the process, which may name an HTTP proxy
   * @param via the name of this server in its requests
   */
  UpstreamWiring(
      RegistryConfig registry, String section, Map<String, String> environment, String via) {
    this.registry = registry;
    this.section = section;
    this.environment = environment;
    this.via = via;
  }

  /**
   * The options of an upstream. Reads the files that the configuration names.
   *
   * @throws IOException if a file or a variable is wrong; the message is for the operator
   */
  UpstreamOptions options() throws IOException {
    return options(client());
  }

  /** As {@link #options}, for an upstream whose name clients choose. */
  UpstreamOptions publicOptions() throws IOException {
    return options(client().publicAddressesOnly());
  }

  private UpstreamOptions options(UpstreamConfigBuilder client) throws IOException {
    UpstreamOptions options =
        UpstreamOptions.of(client.build())
            .freshness(registry.reuse().freshness())
            .negativeTtl(registry.reuse().negativeTtl())
            .deletedTags(registry.reuse().deleted())
            .prefetch(registry.reuse().prefetch())
            .rangeFetch(registry.reuse().rangeFetch())
            .maxTransfers(registry.network().transfers().most())
            .blobConnections(registry.network().transfers().connections())
            .access(registry.access());
    for (URI fallback : registry.fallbacks()) {
      options = options.fallback(fallback(fallback).build());
    }
    return options;
  }

  /** The client of the registry. */
  UpstreamConfigBuilder client() throws IOException {
    CredentialsConfig credentials = registry.credentials();
    UpstreamConfigBuilder upstream = reach(registry.remoteUrl());
    upstream.credentials(source(credentials.login(), registry.remoteUrl()));
    credentials.trustedRealms().forEach(upstream::trustedRealm);
    if (registry.network().tls().identity().isPresent()) {
      NetworkConfig.Identity identity = registry.network().tls().identity().get();
      SecretFile.warnIfReadableByAll(key("tls.key"), identity.key());
      upstream.clientIdentity(UpstreamTls.identity(identity.certificate(), identity.key()));
    }
    return upstream;
  }

  /** The client of another place. Only a file with credentials for many registries is for it. */
  private UpstreamConfigBuilder fallback(URI url) throws IOException {
    UpstreamConfigBuilder upstream = reach(url);
    if (registry.credentials().login() instanceof UpstreamLogin.DockerConfig file) {
      upstream.credentials(source(file, url));
    }
    return upstream;
  }

  private UpstreamConfigBuilder reach(URI url) throws IOException {
    NetworkConfig network = registry.network();
    UpstreamConfigBuilder upstream =
        UpstreamConfig.builder(url.toString())
            .httpVersion(network.httpVersion())
            .connectTimeout(network.timeouts().connect())
            .headerTimeout(network.timeouts().headers())
            .stallTimeout(network.timeouts().stall())
            .proxy(httpProxy(network))
            .via(via);
    KnownRegistry.realmsOf(url).forEach(upstream::trustedRealm);
    network.trustedRedirects().forEach(upstream::trustedRedirect);
    network.transfers().bandwidth().ifPresent(upstream::maxBandwidth);
    if (registry.credentials().overPlainHttp() == CredentialsConfig.PlainHttp.ALLOWED) {
      upstream.allowInsecureCredentials();
    }
    if (network.tls().ca().isPresent()) {
      for (X509Certificate issuer : UpstreamTls.issuers(network.tls().ca().get())) {
        upstream.trustedIssuer(issuer);
      }
    }
    return upstream;
  }

  private String key(String name) {
    return section + "." + name;
  }

  private CredentialSource source(UpstreamLogin login, URI url) throws IOException {
    if (login instanceof UpstreamLogin.Password password) {
      return fixed(password);
    }
    if (login instanceof UpstreamLogin.PasswordFile file) {
      SecretFile.warnIfReadableByAll(key("passwordfile"), file.file());
      try {
        return PasswordFile.open(file.username(), file.file());
      } catch (IOException e) {
        throw new UnusableConfigException(key("passwordfile") + ": " + e.getMessage(), e);
      }
    }
    if (login instanceof UpstreamLogin.Helper helper) {
      requireProgram(helper.command());
      CredentialHelper program = CredentialHelper.of(helper.command(), url);
      return helper.lifetime().map(program::lasting).orElse(program);
    }
    if (login instanceof UpstreamLogin.DockerConfig config) {
      SecretFile.warnIfReadableByAll(key("dockerconfig"), config.file());
      try {
        return DockerConfig.open(config.file(), url);
      } catch (IOException e) {
        throw new UnusableConfigException(key("dockerconfig") + ": " + e.getMessage(), e);
      }
    }
    return CredentialSource.anonymous();
  }

  /** Looks where the operating system will look. */
  private void requireProgram(String command) throws UnusableConfigException {
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
          key("exec.command")
              + ": "
              + Printable.escaped(command)
              + (path ? " is not an executable file" : " is not in the PATH of the server")
              + "; install the program, or name it by its absolute path");
    }
  }

  private CredentialSource fixed(UpstreamLogin.Password login) throws IOException {
    try {
      return CredentialSource.of(new Credentials(login.username(), login.password()));
    } catch (IllegalArgumentException e) {
      throw new UnusableConfigException(
          key("username") + ", " + key("password") + ": " + e.getMessage(), e);
    }
  }

  private ProxySettings httpProxy(NetworkConfig network) throws IOException {
    try {
      return network.httpProxy().isPresent()
          ? network.httpProxy().get()
          : ProxySettings.fromEnvironment(environment);
    } catch (IllegalArgumentException e) {
      throw new UnusableConfigException("the environment variable " + e.getMessage(), e);
    }
  }
}
