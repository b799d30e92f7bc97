package dev.cistern.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.proxy.credential.Credentials;
import dev.cistern.proxy.upstream.http.HttpVersion;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.server.config.ConfigLoader;
import dev.cistern.server.config.ProxyConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the keys of {@code proxy} do to the upstream's client. */
class UpstreamWiringTest {

  private final Path directory;

  UpstreamWiringTest(@TempDir Path directory) {
    this.directory = directory;
  }

  private ProxyConfig proxy(String keys) throws Exception {
    return new ConfigLoader(Map.of("inmemory", Set.of()))
        .load(write("config.yml", "proxy: {" + keys + "}"), Map.of())
        .config()
        .proxy();
  }

  private UpstreamConfig upstream(String keys) throws Exception {
    return upstream(keys, Map.of());
  }

  private UpstreamConfig upstream(String keys, Map<String, String> environment) throws Exception {
    return new UpstreamWiring(proxy(keys).main(), "proxy", environment, "cistern").client().build();
  }

  private Path write(String name, String content) throws IOException {
    return Files.writeString(directory.resolve(name), content);
  }

  @Test
  void withoutKeysItIsAnonymousAndOfDefaults() throws Exception {
    UpstreamConfig plain = UpstreamConfig.builder("https://registry-1.docker.io").build();

    UpstreamConfig config = upstream("");

    assertThat(config.remoteUrl()).isEqualTo(plain.remoteUrl());
    assertThat(config.credentials().credentials()).isEmpty();
    assertThat(config.trustedRealms()).isEmpty();
    assertThat(config.insecureCredentials()).isFalse();
    assertThat(config.connectTimeout()).isEqualTo(plain.connectTimeout());
    assertThat(config.headerTimeout()).isEqualTo(plain.headerTimeout());
    assertThat(config.stallTimeout()).isEqualTo(plain.stallTimeout());
    assertThat(config.httpVersion()).isEqualTo(plain.httpVersion());
    assertThat(config.trustedIssuers()).isEmpty();
    assertThat(config.clientIdentity()).isEmpty();
    assertThat(config.maxBandwidth()).isEmpty();
    assertThat(config.proxy()).hasToString("Optional[ProxySettings[http=null, https=null]]");
  }

  @Test
  void whatTheKeysSayGoesToTheClient() throws Exception {
    UpstreamConfig config =
        upstream(
            "remoteurl: 'https://r.example.com', trustedrealms: [auth.example.org],"
                + " insecurecredentials: true, connecttimeout: 1s, headertimeout: 2s,"
                + " stalltimeout: 3s, httpversion: 2, maxbandwidth: 1MiB,"
                + " trustedredirects: [minio.internal]");

    assertThat(config.trustedRealms()).containsExactly("auth.example.org");
    assertThat(config.trustedRedirects()).containsExactly("minio.internal");
    assertThat(config.insecureCredentials()).isTrue();
    assertThat(config.connectTimeout()).isEqualTo(Duration.ofSeconds(1));
    assertThat(config.headerTimeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(config.stallTimeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(config.httpVersion()).isEqualTo(HttpVersion.HTTP_2);
    assertThat(config.maxBandwidth()).hasValue(1 << 20);
  }

  @Test
  void credentialsComeFromTheConfiguration() throws Exception {
    assertThat(upstream("username: jane, password: hunter2").credentials().credentials())
        .contains(new Credentials("jane", "hunter2"));
  }

  @Test
  void credentialsComeFromAPasswordFile() throws Exception {
    Path file = write("password", "hunter2\n");

    assertThat(upstream("username: jane, passwordfile: '" + file + "'").credentials().credentials())
        .contains(new Credentials("jane", "hunter2"));
  }

  @Test
  void credentialsComeFromDockersConfiguration() throws Exception {
    Path file =
        write(
            "config.json",
            "{\"auths\":{\"r.example.com\":{\"username\":\"jane\",\"password\":\"hunter2\"}}}");

    assertThat(
            upstream("remoteurl: 'https://r.example.com', dockerconfig: '" + file + "'")
                .credentials()
                .credentials())
        .contains(new Credentials("jane", "hunter2"));
  }

  @Test
  void credentialsComeFromAHelper() throws Exception {
    Path helper =
        write(
            "helper",
            "#!/bin/sh\nread server\necho '{\"Username\":\"jane\",\"Secret\":\"'$server'\"}'\n");
    assertThat(helper.toFile().setExecutable(true)).isTrue();

    assertThat(
            upstream(
                    "remoteurl: 'https://r.example.com', exec: {command: '"
                        + helper
                        + "', lifetime: 1h}")
                .credentials()
                .credentials())
        .contains(new Credentials("jane", "r.example.com"));
  }

  @Test
  void filesThatAreMissingAreSaidByKeyAndName() {
    Path missing = directory.resolve("missing");
    assertThatIOException()
        .isThrownBy(() -> upstream("username: jane, passwordfile: '" + missing + "'"))
        .withMessage(
            "proxy.passwordfile: " + missing + " does not exist; create it, or name another file");
    assertThatIOException()
        .isThrownBy(() -> upstream("dockerconfig: '" + missing + "'"))
        .withMessage(
            "proxy.dockerconfig: " + missing + " does not exist; create it, or name another file");
    assertThatIOException()
        .isThrownBy(() -> upstream("tls: {ca: '" + missing + "'}"))
        .withMessageStartingWith("proxy.tls.ca: " + missing + " does not exist");
    assertThatIOException()
        .isThrownBy(() -> upstream("tls: {certificate: '" + missing + "', key: '" + missing + "'}"))
        .withMessageStartingWith("proxy.tls.certificate: " + missing + " does not exist");
  }

  @Test
  void tlsFilesAreRead() throws Exception {
    HeldCertificate held = new HeldCertificate.Builder().commonName("cistern").build();
    Path certificate = write("certificate.pem", held.certificatePem());
    Path key = write("key.pem", held.privateKeyPkcs8Pem());

    UpstreamConfig config =
        upstream(
            "tls: {ca: '"
                + certificate
                + "', certificate: '"
                + certificate
                + "', key: '"
                + key
                + "'}");

    assertThat(config.trustedIssuers()).containsExactly(held.certificate());
    String alias =
        config.clientIdentity().orElseThrow().chooseClientAlias(new String[] {"EC"}, null, null);
    assertThat(config.clientIdentity().orElseThrow().getCertificateChain(alias))
        .containsExactly(held.certificate());
  }

  @Test
  void aPasswordThatCannotBeSentIsSaidWithoutRepeatingIt() {
    assertThatIOException()
        .isThrownBy(() -> upstream("username: jane, password: \"hunter2\\n\""))
        .withMessageContaining("proxy.password")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hunter2"));
  }

  @Test
  void theEnvironmentNamesTheHttpProxyUnlessTheConfigurationDoes() throws Exception {
    Map<String, String> environment = Map.of("HTTPS_PROXY", "http://jane:hunter2@env:1");

    assertThat(upstream("", environment).proxy())
        .hasToString("Optional[ProxySettings[http=null, https=env:1]]");
    assertThat(upstream("httpproxy: 'http://own:2'", environment).proxy())
        .hasToString("Optional[ProxySettings[http=own:2, https=own:2]]");
  }

  @Test
  void anHttpProxyOfTheEnvironmentThatCannotBeUsedIsSaidWithoutRepeatingIt() {
    assertThatIOException()
        .isThrownBy(() -> upstream("", Map.of("https_proxy", "socks5://jane:hunter2@env:1")))
        .withMessageStartingWith("the environment variable HTTPS_PROXY is not a proxy's URL")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hunter2"));
  }
}
