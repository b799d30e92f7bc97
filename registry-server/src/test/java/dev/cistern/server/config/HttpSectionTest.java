package dev.cistern.server.config;

import static dev.cistern.server.config.Configurations.config;
import static dev.cistern.server.config.Configurations.problems;
import static dev.cistern.server.config.Configurations.warnings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpSectionTest {

  @Test
  void addrIsPort5000OnAllInterfacesByDefault() {
    assertThat(config("").http().addr()).hasToString(":5000");
  }

  @Test
  void addrIsTaken() {
    assertThat(config("http: {addr: 'localhost:8080'}").http().addr())
        .isEqualTo(new ListenAddress(Optional.of("localhost"), 8080));
    assertThat(config("http:\n  addr: :8080\n").http().addr()).hasToString(":8080");
  }

  @Test
  void addrWithoutColonIsAnError() {
    assertThat(problems("http:\n  addr: 5000\n"))
        .containsExactly(
            "config.yml:2: http.addr: '5000' is not an address such as :5000, localhost:5000 or"
                + " [::1]:5000; did you mean ':5000'?");
  }

  @Test
  void netIsTcpAlone() {
    assertThat(warnings("http: {net: tcp}")).isEmpty();
    assertThat(problems("http: {net: unix}"))
        .containsExactly(
            "config.yml:1: http.net: 'unix' is not supported; the network must be tcp");
  }

  @Test
  void prefixIsTheRootByDefault() {
    assertThat(config("").http().prefix()).isEqualTo("/");
    assertThat(config("http: {prefix: ''}").http().prefix()).isEqualTo("/");
  }

  @Test
  void prefixIsTaken() {
    assertThat(config("http: {prefix: /my/nested/registry/}").http().prefix())
        .isEqualTo("/my/nested/registry/");
  }

  @ParameterizedTest
  @ValueSource(strings = {"my/", "/my", "//", "/a//b/", "/a b/", "/%41/", "/?/"})
  void prefixMustBeAPathBetweenSlashes(String prefix) {
    assertThat(problems("http: {prefix: '" + prefix + "'}"))
        .containsExactly(
            "config.yml:1: http.prefix: '"
                + prefix
                + "' is not a path that starts and ends with a slash, such as /registry/");
  }

  @Test
  void limitsHaveDefaults() {
    assertThat(config("").http().limits()).isEqualTo(HttpLimits.DEFAULT);
  }

  @Test
  void limitsAreTaken() {
    assertThat(
            config(
                    "http: {maxconnections: 10, maxheadersize: 8KiB, requesttimeout: 1s,"
                        + " handshaketimeout: 2s, idletimeout: 3s, writetimeout: 4s, maxstreams: 5}")
                .http()
                .limits())
        .isEqualTo(
            new HttpLimits(
                10,
                8 << 10,
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                Duration.ofSeconds(3),
                Duration.ofSeconds(4),
                5));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "maxconnections: 0",
        "maxconnections: many",
        "maxheadersize: 100B",
        "maxheadersize: 2MiB",
        "requesttimeout: 0s",
        "writetimeout: 48h",
        "maxstreams: -1",
      })
  void limitsThatCannotWorkAreRefused(String limit) {
    assertThat(problems("http: {" + limit + "}")).hasSize(1);
  }

  @Test
  void hostIsTheRequestsByDefault() {
    assertThat(config("").http().host()).isEmpty();
  }

  @Test
  void hostIsAUrl() {
    assertThat(config("http: {host: 'https://mirror.example.com:5000'}").http().host())
        .contains(URI.create("https://mirror.example.com:5000"));
    assertThat(problems("http: {host: mirror.example.com}"))
        .containsExactly(
            "config.yml:1: http.host: must be a URL that starts with https:// or http://");
  }

  @Test
  void thereAreNoExtraHeadersByDefault() {
    assertThat(config("").http().headers()).isEmpty();
  }

  @Test
  void headersAreTakenInTheirOrder() {
    assertThat(
            config(
                    "http: {headers: {X-Content-Type-Options: [nosniff], X-Served-By: [a, b], X-One: c}}")
                .http()
                .headers())
        .containsExactly(
            entry("X-Content-Type-Options", List.of("nosniff")),
            entry("X-Served-By", List.of("a", "b")),
            entry("X-One", List.of("c")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Length", "transfer-encoding", "Connection", "Content-Type"})
  void headersThatFrameTheAnswerAreRefused(String name) {
    assertThat(problems("http:\n  headers:\n    " + name + ": [x]\n"))
        .containsExactly(
            "config.yml:2: http.headers: remove " + name + "; the server sets this header itself");
  }

  @Test
  void headersCannotSmuggleLines() {
    assertThat(problems("http: {headers: {X-A: [\"a\\r\\nX-B: b\"]}}"))
        .containsExactly(
            "config.yml:1: http.headers: a value of X-A contains a character that is not allowed");
    assertThat(problems("http: {headers: {'X A': [a]}}"))
        .containsExactly("config.yml:1: http.headers: 'X A' is not a valid header name");
  }

  @Test
  void draintimeoutIsFiveSecondsByDefault() {
    assertThat(config("").http().drainTimeout()).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void draintimeoutIsTaken() {
    assertThat(config("http: {draintimeout: 1m30s}").http().drainTimeout())
        .isEqualTo(Duration.ofSeconds(90));
    assertThat(config("http: {draintimeout: 0}").http().drainTimeout()).isZero();
    assertThat(problems("http: {draintimeout: 60}"))
        .containsExactly(
            "config.yml:1: http.draintimeout: '60' is not a duration such as 30s, 1m30s or 168h");
  }

  @Test
  void http2IsEnabledByDefault() {
    assertThat(config("").http().http2()).isEqualTo(HttpConfig.Http2.ENABLED);
    assertThat(config("http: {http2: {disabled: false}}").http().http2())
        .isEqualTo(HttpConfig.Http2.ENABLED);
    assertThat(config("http: {http2: {disabled: true}}").http().http2())
        .isEqualTo(HttpConfig.Http2.DISABLED);
  }

  @ParameterizedTest
  @CsvSource({
    "secret: hunter2, http.secret",
    "relativeurls: true, http.relativeurls",
    "h2c: {enabled: true}, http.h2c",
  })
  void whatDistributionHasMoreIsWarnedAbout(String yaml, String key) {
    assertThat(warnings("http:\n  " + yaml))
        .singleElement()
        .asString()
        .startsWith("config.yml:2: " + key + ": has no effect: ")
        .doesNotContain("hunter2");
  }

  @Test
  void thereIsNoDebugListenerByDefault() {
    assertThat(config("").http().debug()).isEmpty();
  }

  @Test
  void theDebugListenerServesMetricsWhenTheyAreEnabled() {
    ListenAddress local = new ListenAddress(Optional.of("localhost"), 5001);
    assertThat(config("http: {debug: {addr: 'localhost:5001'}}").http().debug())
        .contains(new DebugConfig(local, Optional.empty()));
    assertThat(
            config("http: {debug: {addr: 'localhost:5001', prometheus: {enabled: true}}}")
                .http()
                .debug())
        .contains(new DebugConfig(local, Optional.of("/metrics")));
    assertThat(
            config("http: {debug: {addr: 'localhost:5001', prometheus: {enabled: true, path: /m}}}")
                .http()
                .debug())
        .contains(new DebugConfig(local, Optional.of("/m")));
  }

  @Test
  void metricsNeedAnAddress() {
    assertThat(problems("http: {debug: {prometheus: {enabled: true}}}"))
        .containsExactly(
            "config.yml:1: http.debug.prometheus: also set http.debug.addr, the address of the metrics");
  }

  @Test
  void aPrefixInCodeIsCheckedToo() {
    HttpConfig http = HttpConfig.DEFAULT;
    assertThatThrownBy(
            () ->
                new HttpConfig(
                    http.addr(),
                    "/x",
                    http.host(),
                    Map.of(),
                    http.drainTimeout(),
                    http.limits(),
                    http.tls(),
                    HttpConfig.Http2.ENABLED,
                    http.debug()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "':5001', ':5001'",
    "'localhost:5001', ':5001'",
    "':5001', 'LOCALHOST:5001'",
    "'0.0.0.0:5001', '127.0.0.1:5001'",
    "'[::]:5001', '127.0.0.1:5001'",
    "'localhost:5001', 'LOCALHOST:5001'",
  })
  void theAddressOfClientsIsAnErrorForMetrics(String clients, String metrics) {
    assertThat(problems("http: {addr: '" + clients + "', debug: {addr: '" + metrics + "'}}"))
        .containsExactly(
            "config.yml:1: http.debug.addr: '"
                + metrics
                + "' has the same port as http.addr, which is '"
                + clients
                + "'; choose another port");
  }

  @ParameterizedTest
  @CsvSource({
    "':5000', ':5001'",
    "'10.0.0.1:5001', '127.0.0.1:5001'",
    "'localhost:0', 'localhost:0'",
  })
  void anotherAddressIsNot(String clients, String metrics) {
    assertThat(problems("http: {addr: '" + clients + "', debug: {addr: '" + metrics + "'}}"))
        .isEmpty();
  }

  @Test
  void statusPageIsOnTheDebugListenerUnlessItHasAnAddress() {
    assertThat(config("").http().admin()).isEqualTo(AdminConfig.DEFAULT);
    assertThat(
            config("http: {admin: {addr: 'localhost:5002', htpasswd: /etc/users}}").http().admin())
        .isEqualTo(
            new AdminConfig(
                AdminConfig.Use.ENABLED,
                Optional.of(new ListenAddress(Optional.of("localhost"), 5002)),
                Optional.of(Path.of("/etc/users"))));
    assertThat(config("http: {admin: {disabled: true}}").http().admin().use())
        .isEqualTo(AdminConfig.Use.DISABLED);
    assertThat(problems("http: {addr: ':5000', admin: {addr: 'localhost:5000'}}"))
        .containsExactly(
            "config.yml:1: http.admin.addr: 'localhost:5000' has the same port as http.addr, which"
                + " is ':5000'; choose another port");
  }

  @Test
  void theStatusPageIsNotOpenToTheNetworkWithoutALogin() {
    assertThat(problems("http:\n  admin:\n    addr: '0.0.0.0:5001'\n"))
        .containsExactly(
            "config.yml:3: http.admin.addr: 0.0.0.0:5001 is not a loopback address, so the status"
                + " page needs a login; set http.admin.htpasswd, or use localhost:5001");
    assertThat(problems("http: {admin: {addr: '0.0.0.0:5001', htpasswd: /users}}")).isEmpty();
    assertThat(problems("http: {admin: {addr: '0.0.0.0:5001', disabled: true}}")).isEmpty();
    assertThat(problems("http: {admin: {addr: '127.0.0.1:5001'}}")).isEmpty();
  }

  @Test
  void aLoginWithoutAStatusPageIsAWarning() {
    assertThat(warnings("http: {admin: {htpasswd: /users}}"))
        .containsExactly(
            "config.yml:1: http.admin.htpasswd: has no effect: there is no status page; set"
                + " http.admin.addr, or http.debug.addr");
    assertThat(warnings("http: {admin: {htpasswd: /users}, debug: {addr: 'localhost:5001'}}"))
        .isEmpty();
    assertThat(warnings("http: {admin: {htpasswd: /users, addr: 'localhost:5001'}}")).isEmpty();
  }
}
