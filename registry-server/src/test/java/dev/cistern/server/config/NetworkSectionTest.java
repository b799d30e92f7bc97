package dev.cistern.server.config;

import static dev.cistern.server.config.Configurations.config;
import static dev.cistern.server.config.Configurations.problems;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.upstream.http.HttpVersion;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The keys of {@code proxy} that say how to reach the upstream. */
class NetworkSectionTest {

  private static NetworkConfig network(String keys) {
    return config("proxy: {" + keys + "}").proxy().main().network();
  }

  @Test
  void timeoutsHaveDefaults() {
    assertThat(network("").timeouts())
        .isEqualTo(
            new NetworkConfig.Timeouts(
                Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(30)));
  }

  @Test
  void timeoutsAreTaken() {
    assertThat(network("connecttimeout: 1s, headertimeout: 2s, stalltimeout: 1m").timeouts())
        .isEqualTo(
            new NetworkConfig.Timeouts(
                Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofMinutes(1)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"connecttimeout", "headertimeout", "stalltimeout"})
  void timeoutsAreBounded(String key) {
    assertThat(problems("proxy: {" + key + ": 0s}"))
        .containsExactly("config.yml:1: proxy." + key + ": '0s' is not between 1ms and 24h");
    assertThat(problems("proxy: {" + key + ": 25h}"))
        .containsExactly("config.yml:1: proxy." + key + ": '25h' is not between 1ms and 24h");
    assertThat(problems("proxy: {" + key + ": soon}"))
        .containsExactly(
            "config.yml:1: proxy." + key + ": 'soon' is not a duration such as 30s, 1m30s or 168h");
  }

  @Test
  void transfersAreLimitedByDefaultAndTheirBandwidthIsNot() {
    assertThat(network("").transfers())
        .isEqualTo(new NetworkConfig.Transfers(64, 4, Optional.empty()));
  }

  @Test
  void limitsOfTransfersAreTaken() {
    assertThat(network("maxtransfers: 8, maxbandwidth: 50MiB").transfers())
        .isEqualTo(new NetworkConfig.Transfers(8, 4, Optional.of(50L << 20)));
  }

  @Test
  void connectionsOfOneBlobAreTaken() {
    assertThat(network("parallel: {connections: 1}").transfers().connections()).isOne();
    assertThat(problems("proxy: {parallel: {connections: 17}}"))
        .containsExactly(
            "config.yml:1: proxy.parallel.connections: '17' is not a number from 1 to 16");
  }

  @ParameterizedTest
  @CsvSource({
    "maxtransfers: 0, maxtransfers: '0' is not a number from 1 to 1000",
    "maxtransfers: 1001, maxtransfers: '1001' is not a number from 1 to 1000",
    "maxtransfers: many, maxtransfers: 'many' is not a number from 1 to 1000",
    "maxtransfers: 99999999999999, maxtransfers: '99999999999999' is not a number from 1 to 1000",
    "'maxbandwidth: 1000', 'maxbandwidth: ''1000'' is too little; use at least 1KiB (per second)'",
    "maxbandwidth: fast, 'maxbandwidth: ''fast'' is not a size such as 1024, 500MB or 50GiB'",
  })
  void limitsOfTransfersAreBounded(String keys, String problem) {
    assertThat(problems("proxy: {" + keys + "}")).containsExactly("config.yml:1: proxy." + problem);
  }

  @Test
  void redirectsToPrivateAddressesNeedATrustedHost() {
    assertThat(network("").trustedRedirects()).isEmpty();
    assertThat(
            network("trustedredirects: [minio.internal, 'cdn.internal:9000']").trustedRedirects())
        .containsExactly("minio.internal", "cdn.internal:9000");
    assertThat(problems("proxy: {trustedredirects: ['http://minio/']}"))
        .containsExactly(
            "config.yml:1: proxy.trustedredirects: a trusted redirect target must be a host or"
                + " host:port, not \"http://minio/\"");
  }

  @Test
  void http11IsSpokenByDefault() {
    assertThat(network("").httpVersion()).isEqualTo(HttpVersion.HTTP_1_1);
    assertThat(network("httpversion: 1.1").httpVersion()).isEqualTo(HttpVersion.HTTP_1_1);
  }

  @Test
  void http2MayBeChosen() {
    assertThat(network("httpversion: 2").httpVersion()).isEqualTo(HttpVersion.HTTP_2);
    assertThat(problems("proxy: {httpversion: 3}"))
        .containsExactly("config.yml:1: proxy.httpversion: '3' is not one of 1.1, 2");
  }

  @Test
  void theSystemsIssuersAreTrustedByDefaultAndNoCertificateIsShown() {
    assertThat(network("").tls())
        .isEqualTo(new NetworkConfig.Tls(Optional.empty(), Optional.empty()));
  }

  @Test
  void tlsFilesAreTaken() {
    assertThat(network("tls: {ca: /ca.pem, certificate: /c.pem, key: /k.pem}").tls())
        .isEqualTo(
            new NetworkConfig.Tls(
                Optional.of(Path.of("/ca.pem")),
                Optional.of(new NetworkConfig.Identity(Path.of("/c.pem"), Path.of("/k.pem")))));
  }

  @Test
  void aCertificateNeedsItsKey() {
    assertThat(problems("proxy: {tls: {certificate: /c.pem}}"))
        .containsExactly("config.yml:1: proxy.tls.certificate: also set proxy.tls.key");
    assertThat(problems("proxy: {tls: {key: /k.pem}}"))
        .containsExactly("config.yml:1: proxy.tls.key: also set proxy.tls.certificate");
    assertThat(problems("proxy: {tls: {cas: /k.pem}}"))
        .containsExactly(
            "config.yml:1: proxy.tls.cas: unknown key; nearest known key: proxy.tls.ca");
  }

  @Test
  void theEnvironmentSaysWhichProxyToUseByDefault() {
    assertThat(network("").httpProxy()).isEmpty();
    assertThat(network("httpproxy: ''").httpProxy()).isEmpty();
  }

  @Test
  void anHttpProxyIsTaken() {
    assertThat(network("httpproxy: 'http://proxy.example.com:3128'").httpProxy())
        .hasToString(
            "Optional[ProxySettings[http=proxy.example.com:3128, https=proxy.example.com:3128]]");
  }

  @Test
  void anHttpProxyIsSpokenToOverPlainHttp() {
    assertThat(problems("proxy: {httpproxy: 'socks5://proxy.example.com'}"))
        .singleElement()
        .asString()
        .startsWith("config.yml:1: proxy.httpproxy: is not a proxy's URL such as ");
  }
}
