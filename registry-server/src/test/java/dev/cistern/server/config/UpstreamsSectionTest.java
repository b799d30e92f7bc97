package dev.cistern.server.config;

import static dev.cistern.server.config.Configurations.config;
import static dev.cistern.server.config.Configurations.load;
import static dev.cistern.server.config.Configurations.problems;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.policy.DeletedTags;
import dev.cistern.proxy.policy.Prefetch;
import dev.cistern.proxy.policy.RangeFetch;
import dev.cistern.server.config.RegistryConfig.Naming;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code proxy.name}, {@code proxy.upstreams} and {@code proxy.hosts}. */
class UpstreamsSectionTest {

  private static RegistryConfig only(String yaml) {
    List<RegistryConfig> others = config(yaml).proxy().others();
    assertThat(others).hasSize(1);
    return others.get(0);
  }

  @ParameterizedTest
  @CsvSource({
    "'', docker.io, KNOWN, true",
    "'remoteurl: https://index.docker.io', docker.io, KNOWN, true",
    "'remoteurl: https://ghcr.io', ghcr.io, KNOWN, false",
    "'remoteurl: http://127.0.0.1:5001', docker.io, ASSUMED, false",
    "'remoteurl: http://127.0.0.1:5001, name: docker.io', docker.io, CONFIGURED, true",
    "'remoteurl: http://127.0.0.1:5001, name: index.docker.io', docker.io, CONFIGURED, true",
    "'remoteurl: http://127.0.0.1:5001, name: Quay.io', quay.io, CONFIGURED, false"
  })
  void theDefaultUpstreamHasAName(String keys, String name, Naming naming, boolean library) {
    RegistryConfig main = config("proxy: {" + keys + "}").proxy().main();

    assertThat(main.name()).isEqualTo(name);
    assertThat(main.naming()).isEqualTo(naming);
    assertThat(main.hasLibrary()).isEqualTo(library);
  }

  @ParameterizedTest
  @CsvSource({
    "docker.io, https://registry-1.docker.io",
    "registry-1.docker.io, https://registry-1.docker.io",
    "ghcr.io, https://ghcr.io",
    "nvcr.io, https://nvcr.io",
    "registry.example.com:5000, https://registry.example.com:5000"
  })
  void anUpstreamIsAtItsNameOverHttps(String name, String url) {
    assertThat(
            only("proxy: {remoteurl: 'https://quay.io', upstreams: [{name: '" + name + "'}]}")
                .remoteUrl())
        .isEqualTo(URI.create(url));
  }

  @Test
  void aPortIsNoPartOfAComponent() {
    assertThat(only("proxy: {upstreams: ['registry.example.com:5000']}").component())
        .isEqualTo("registry.example.com_5000");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "proxy: {upstreams: [{name: ghcr.io, deleted: refuse}]}",
        "proxy: {upstreams: [ghcr.io: {deleted: refuse}]}",
        "proxy: {upstreams: {ghcr.io: {deleted: refuse}}}"
      })
  void aNameMayStandBeforeItsSection(String yaml) {
    RegistryConfig upstream = only(yaml);

    assertThat(upstream.name()).isEqualTo("ghcr.io");
    assertThat(upstream.reuse().deleted()).isEqualTo(DeletedTags.REFUSE);
  }

  @Test
  void anUpstreamHasEverythingThatTheDefaultHas() {
    RegistryConfig upstream =
        only(
            """
            proxy:
              upstreams:
                - name: team.example.com
                  remoteurl: http://127.0.0.1:5001/mirror
                  fallbacks: [http://127.0.0.1:5002, http://127.0.0.1:5003]
                  username: jane
                  password: hunter2
                  trustedrealms: [auth.example.com]
                  insecurecredentials: true
                  tls: {ca: /ca.pem}
                  httpproxy: http://proxy.example.com:3128
                  headertimeout: 7s
                  maxtransfers: 3
                  maxbandwidth: 1MiB
                  freshness: 5m
                  negativettl: 1m
                  deleted: refuse
                  allow: ['team/*']
                  deny: ['team/secret:*']
                  digestonly: ['team/prod']
            """);

    assertThat(upstream.remoteUrl()).isEqualTo(URI.create("http://127.0.0.1:5001/mirror"));
    assertThat(upstream.fallbacks()).hasSize(2);
    assertThat(upstream.credentials().login())
        .isEqualTo(new UpstreamLogin.Password("jane", "hunter2"));
    assertThat(upstream.credentials().trustedRealms()).containsExactly("auth.example.com");
    assertThat(upstream.network().tls().ca()).hasValue(Path.of("/ca.pem"));
    assertThat(upstream.network().timeouts().headers()).isEqualTo(Duration.ofSeconds(7));
    assertThat(upstream.network().transfers().most()).isEqualTo(3);
    assertThat(upstream.reuse().freshness().freshness()).isEqualTo(Duration.ofMinutes(5));
    assertThat(upstream.access().allow()).hasToString("[team/*]");
    assertThat(upstream.access().deny()).hasToString("[team/secret:*]");
    assertThat(upstream.access().digestOnly()).hasToString("[team/prod]");
  }

  @Test
  void whatAnUpstreamDoesNotSayAboutWaitingIsAsForTheDefault() {
    RegistryConfig upstream =
        only(
            """
            proxy:
              headertimeout: 7s
              freshness: 5m
              upstreams: [ghcr.io]
            """);

    assertThat(upstream.network().timeouts().headers()).isEqualTo(Duration.ofSeconds(7));
    assertThat(upstream.reuse().freshness().freshness()).isEqualTo(Duration.ofMinutes(5));
  }

  @Test
  void credentialsCertificatesAndRulesAreForOneUpstreamAlone() {
    RegistryConfig upstream =
        only(
            """
            proxy:
              username: jane
              password: hunter2
              trustedrealms: [auth.example.com]
              insecurecredentials: true
              tls: {ca: /ca.pem, certificate: /c.pem, key: /k.pem}
              trustedredirects: [10.0.0.1]
              deny: ['*']
              upstreams: [ghcr.io]
            """);

    assertThat(upstream.credentials()).isEqualTo(CredentialsConfig.DEFAULT);
    assertThat(upstream.network()).isEqualTo(NetworkConfig.DEFAULT);
    assertThat(upstream.access().isEmpty()).isTrue();
  }

  @Test
  void aFileWithTheCredentialsOfManyRegistriesIsForAll() {
    assertThat(
            only("proxy: {dockerconfig: /config.json, upstreams: [ghcr.io]}").credentials().login())
        .isEqualTo(new UpstreamLogin.DockerConfig(Path.of("/config.json")));
  }

  @Test
  void variablesSetKeysOfAnUpstream() {
    assertThat(
            load(
                    "proxy: {upstreams: [{name: ghcr.io, username: jane}]}",
                    Map.of("REGISTRY_PROXY_UPSTREAMS_0_PASSWORD", "hunter2"))
                .config()
                .proxy()
                .others()
                .get(0)
                .credentials()
                .login())
        .isEqualTo(new UpstreamLogin.Password("jane", "hunter2"));
  }

  @Test
  void theStarAllowsRegistriesThatAreNotListed() {
    UnlistedConfig unlisted =
        config("proxy: {upstreams: [ghcr.io, {'*': {allow: ['*.example.com', quay.io]}}]}")
            .proxy()
            .unlisted()
            .orElseThrow();

    assertThat(unlisted.allows("a.example.com")).isTrue();
    assertThat(unlisted.allows("quay.io")).isTrue();
    assertThat(unlisted.allows("example.com")).isFalse();
    assertThat(unlisted.allows("quay.io.evil.example")).isFalse();
    assertThat(unlisted.upstream("a.example.com").remoteUrl())
        .isEqualTo(URI.create("https://a.example.com"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "1.2.3",
        "0x7f.1",
        "[::1]",
        "localhost",
        "a.example.com:5000",
        "a..example.com",
        "-a.example.com",
        "A.example.com",
        "user@a.example.com",
        "a.example.com/x"
      })
  void theStarNeverAllowsAnAddress(String name) {
    UnlistedConfig unlisted =
        config("proxy: {upstreams: {'*': {allow: ['*']}}}").proxy().unlisted().orElseThrow();

    assertThat(unlisted.allows(name)).isFalse();
    assertThat(unlisted.allows("a.example.com")).isTrue();
  }

  @Test
  void withoutTheStarNothingElseIsAllowed() {
    assertThat(config("proxy: {upstreams: [ghcr.io]}").proxy().unlisted()).isEmpty();
  }

  @Test
  void hostsNameUpstreams() {
    assertThat(
            config(
                    "proxy: {upstreams: [ghcr.io], hosts: {GH.cache.example: ghcr.io,"
                        + " hub.cache.example.: index.docker.io}}")
                .proxy()
                .hosts())
        .containsOnly(
            Map.entry("gh.cache.example", "ghcr.io"), Map.entry("hub.cache.example", "docker.io"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{upstreams: [{remoteurl: 'https://a.example'}]}|name: name the registry as clients call it",
        "{upstreams: [{name: 'http://a.example'}]}|is not the name of a registry",
        "{upstreams: [{name: 'a b'}]}|is not the name of a registry",
        "{upstreams: [{name: 'a.example:port'}]}|is not the name of a registry",
        "{upstreams: [ghcr.io, ghcr.io]}|ghcr.io is listed already",
        "{upstreams: [docker.io]}|docker.io is the default upstream already",
        "{upstreams: [index.docker.io]}|docker.io is the default upstream already",
        "{upstreams: [{name: ghcr.io, remoteurll: x}]}|proxy.upstreams.remoteurll: unknown key",
        "{upstreams: [[ghcr.io]]}|each item must be a section with a name, not a list",
        "{upstreams: {ghcr.io: x}}|each item must be a section with a name",
        "{upstreams: {'*': {}}}|allow: list patterns of the registries to allow",
        "{upstreams: {'*': {allow: ['a/b']}}}|is not a pattern of host names",
        "{upstreams: {'*': {allow: ['a.b'], remoteurl: 'https://a.b'}}}|remoteurl: unknown key",
        "{upstreams: [{name: ghcr.io, password: x}]}|also set proxy.upstreams.username",
        "{upstreams: [{name: ghcr.io, allow: ['a b']}]}|is not a pattern of repository:tag",
        "{upstreams: [{name: ghcr.io, fallbacks: [x]}]}|fallbacks: must be a URL",
        "{hosts: {a.example: ghcr.io}}|'ghcr.io' is no upstream; list it in proxy.upstreams",
      })
  void whatIsWrongIsSaid(String keys, String message) {
    assertThat(problems("proxy: " + keys))
        .singleElement()
        .satisfies(problem -> assertThat(problem).contains(message));
  }

  private static List<Object> rangeFetch(RegistryConfig registry) {
    return List.of(registry.reuse().rangeFetch(), registry.reuse().prefetch());
  }

  @ParameterizedTest
  @CsvSource({
    "'', WHOLE, LAYERS",
    "'rangefetch: whole', WHOLE, LAYERS",
    "'rangefetch: relay', RELAY, OFF",
    "'rangefetch: relay, prefetch: layers', RELAY, LAYERS",
    "'prefetch: off', WHOLE, OFF"
  })
  void relayTurnsPrefetchOffUnlessItIsSet(String keys, RangeFetch ranges, Prefetch prefetch) {
    assertThat(rangeFetch(config("proxy: {" + keys + "}").proxy().main()))
        .containsExactly(ranges, prefetch);
  }

  @ParameterizedTest
  @CsvSource({
    "'', '', WHOLE, LAYERS",
    "'rangefetch: relay', '', RELAY, OFF",
    "'rangefetch: relay, prefetch: layers', '', RELAY, LAYERS",
    "'rangefetch: relay', 'rangefetch: whole', WHOLE, LAYERS",
    "'prefetch: off', 'rangefetch: relay', RELAY, OFF",
    "'prefetch: layers', 'rangefetch: relay', RELAY, OFF",
    "'', 'rangefetch: relay, prefetch: layers', RELAY, LAYERS"
  })
  void anUpstreamFetchesRangesAsTheDefaultOneUnlessItSaysOtherwise(
      String main, String own, RangeFetch ranges, Prefetch prefetch) {
    String item = "ghcr.io: {" + own + "}";
    String start = main.isEmpty() ? "" : main + ", ";
    assertThat(rangeFetch(only("proxy: {" + start + "upstreams: [" + item + "]}")))
        .containsExactly(ranges, prefetch);
  }

  @Test
  void whatToFetchForARangeIsOneOfTwo() {
    assertThat(problems("proxy: {rangefetch: lazy}"))
        .singleElement()
        .asString()
        .contains("proxy.rangefetch", "'lazy'", "whole", "relay");
  }
}
