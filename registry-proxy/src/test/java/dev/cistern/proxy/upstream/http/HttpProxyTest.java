package dev.cistern.proxy.upstream.http;

import static dev.cistern.proxy.upstream.http.Failures.drain;
import static dev.cistern.proxy.upstream.http.Failures.everythingSaidBy;
import static dev.cistern.proxy.upstream.http.Failures.failure;
import static dev.cistern.proxy.upstream.http.Samples.ALPINE;
import static dev.cistern.proxy.upstream.http.Samples.BLOB;
import static dev.cistern.proxy.upstream.http.Samples.BLOB_DIGEST;
import static dev.cistern.proxy.upstream.http.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.credential.Credentials;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Base64;
import java.util.Map;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP proxies before an upstream: real sockets, and hosts that only the proxy can resolve. */
@Timeout(60)
class HttpProxyTest {

  private static final String LOGIN =
      "Basic " + Base64.getEncoder().encodeToString(Samples.utf8("jane:hunter2"));
  private static final MockResponse WHO_ARE_YOU =
      new MockResponse.Builder()
          .code(407)
          .setHeader("Proxy-Authenticate", "Basic realm=\"proxy\"")
          .build();

  private final MockWebServer proxy = new MockWebServer();

  @BeforeEach
  void start() throws IOException {
    proxy.start(InetAddress.getLoopbackAddress(), 0);
  }

  @AfterEach
  void stop() {
    proxy.close();
  }

  private ProxySettings settings(String login) {
    return ProxySettings.of("http://" + login + "127.0.0.1:" + proxy.getPort());
  }

  private static Upstream connect(String url, ProxySettings settings) {
    return TestTls.connect(UpstreamConfig.builder(url).proxy(settings).build());
  }

  @ParameterizedTest
  @ValueSource(strings = {"registry.internal.example", "team_registry_1.internal.example"})
  void plainHttpGoesThroughIt(String host) throws Exception {
    proxy.enqueue(Samples.manifestAnswer());
    try (Upstream upstream = connect("http://" + host, settings(""))) {
      upstream.manifest(ALPINE, LATEST);
    }

    assertThat(proxy.takeRequest().getRequestLine())
        .isEqualTo("GET http://" + host + "/v2/library/alpine/manifests/latest HTTP/1.1");
  }

  @Test
  void aProxyForPlainHttpGetsTheLoginWhenItRequiresIt() throws Exception {
    proxy.enqueue(WHO_ARE_YOU);
    proxy.enqueue(Samples.manifestAnswer());
    try (Upstream upstream =
        connect("http://registry.internal.example", settings("jane:hunter2@"))) {
      upstream.manifest(ALPINE, LATEST);
    }

    assertThat(proxy.takeRequest().getHeaders().get("Proxy-Authorization")).isNull();
    assertThat(proxy.takeRequest().getHeaders().get("Proxy-Authorization")).isEqualTo(LOGIN);
  }

  @Test
  void httpsUsesATunnelAndOnlyTheProxyGetsTheLogin() throws Exception {
    proxy.useHttps(TestTls.SERVER.sslSocketFactory());
    proxy.enqueue(new MockResponse.Builder().inTunnel().build());
    proxy.enqueue(Samples.manifestAnswer());
    try (Upstream upstream = connect("https://r.example.com", settings("jane:hunter2@"))) {
      upstream.manifest(ALPINE, LATEST);
    }

    RecordedRequest tunnel = proxy.takeRequest();
    assertThat(tunnel.getRequestLine()).isEqualTo("CONNECT r.example.com:443 HTTP/1.1");
    assertThat(tunnel.getHeaders().get("Proxy-Authorization")).isEqualTo(LOGIN);
    RecordedRequest request = proxy.takeRequest();
    assertThat(request.getTarget()).isEqualTo("/v2/library/alpine/manifests/latest");
    assertThat(request.getHeaders().get("Proxy-Authorization")).isNull();
  }

  @Test
  void loopbackIsReachedWithoutIt() throws Exception {
    try (FakeServer registry = FakeServer.start(request -> Samples.blobAnswer());
        Upstream upstream = connect(registry.url(), settings(""));
        UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      assertThat(drain(blob)).isEqualTo(BLOB);
    }
    assertThat(proxy.getRequestCount()).isZero();
  }

  @Test
  void hostsInNoProxyAreReachedWithoutIt() throws Exception {
    try (FakeServer registry =
            FakeServer.startTls(TestTls.SERVER, request -> Samples.manifestAnswer());
        Upstream upstream =
            connect(
                "https://r.example.com:" + registry.port(),
                ProxySettings.fromEnvironment(
                    Map.of(
                        "HTTPS_PROXY",
                        "127.0.0.1:" + proxy.getPort(),
                        "NO_PROXY",
                        "example.com")))) {
      upstream.manifest(ALPINE, LATEST);
    }
    assertThat(proxy.getRequestCount()).isZero();
  }

  @Test
  void aRefusedLoginIsNotSentAgain() {
    proxy.enqueue(WHO_ARE_YOU);
    proxy.enqueue(WHO_ARE_YOU.newBuilder().body("no " + LOGIN + " here: hunter2").build());
    try (Upstream upstream =
        connect("http://registry.internal.example", settings("jane:hunter2@"))) {
      RegistryException failure = failure(() -> upstream.manifest(ALPINE, LATEST));

      assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
      assertThat(failure).hasMessageContaining("407");
      assertThat(everythingSaidBy(failure))
          .doesNotContain("hunter2")
          .doesNotContain(LOGIN.substring(6));
    }
  }

  @Test
  void aRefusedLoginForATunnelIsNotSentAgain() {
    proxy.useHttps(TestTls.SERVER.sslSocketFactory());
    proxy.enqueue(WHO_ARE_YOU.newBuilder().inTunnel().build());
    try (Upstream upstream = connect("https://r.example.com", settings("jane:hunter2@"))) {
      RegistryException failure = failure(() -> upstream.manifest(ALPINE, LATEST));

      assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
      assertThat(everythingSaidBy(failure)).doesNotContain("hunter2");
    }
  }

  @Test
  void anUnreachableProxyIsABadGateway() {
    proxy.close();
    try (Upstream upstream = connect("https://r.example.com", settings("jane:hunter2@"))) {
      RegistryException failure = failure(() -> upstream.manifest(ALPINE, LATEST));

      assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
      assertThat(everythingSaidBy(failure)).doesNotContain("hunter2");
    }
  }

  @Test
  void theEnvironmentHasOneForEachScheme() {
    ProxySettings settings =
        ProxySettings.fromEnvironment(
            Map.of(
                "HTTP_PROXY", "http://plain:1",
                "https_proxy", "secure:2",
                "no_proxy", "direct.example"));

    assertThat(settings.on(HttpUrl.get("http://r.example.com"))).hasToString("Optional[plain:1]");
    assertThat(settings.on(HttpUrl.get("https://r.example.com"))).hasToString("Optional[secure:2]");
    assertThat(settings.on(HttpUrl.get("https://direct.example"))).isEmpty();
    assertThat(settings.on(HttpUrl.get("https://localhost"))).isEmpty();
    assertThat(settings.on(HttpUrl.get("https://[::1]:5000"))).isEmpty();
  }

  @Test
  void upperCaseVariablesComeFirstUnlessTheyAreEmpty() {
    Map<String, String> both = Map.of("HTTPS_PROXY", "upper:1", "https_proxy", "lower:1");
    Map<String, String> empty = Map.of("HTTPS_PROXY", "", "https_proxy", "lower:1");
    HttpUrl url = HttpUrl.get("https://r.example.com");

    assertThat(ProxySettings.fromEnvironment(both).on(url)).hasToString("Optional[upper:1]");
    assertThat(ProxySettings.fromEnvironment(empty).on(url)).hasToString("Optional[lower:1]");
    assertThat(ProxySettings.fromEnvironment(Map.of()).on(url)).isEmpty();
    assertThat(ProxySettings.direct().on(url)).isEmpty();
  }

  @Test
  void anAddressHasALoginAndAPort() {
    HttpProxy parsed = HttpProxy.parse("http://jane:hun%40ter2@proxy.example.com:3128/");

    assertThat(parsed.login()).contains(new Credentials("jane", "hun@ter2"));
    assertThat(parsed.port()).isEqualTo(3128);
    assertThat(HttpProxy.parse("proxy.example.com").port()).isEqualTo(80);
    assertThat(parsed.toString()).isEqualTo("proxy.example.com:3128");
    assertThat(ProxySettings.of("http://jane:hunter2@proxy:1").toString())
        .doesNotContain("hunter2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "https://jane:hunter2@proxy",
        "socks5://jane:hunter2@proxy",
        "http://jane:hunter2@",
        "http://jane:hunter2@proxy/path",
        "http://jane:hunter2@proxy?x=y",
        "http://jane:hunter2@proxy:99999",
        "http://ja%3Ane:hunter2@proxy",
      })
  void anInvalidProxyUrlIsNotInTheMessage(String value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ProxySettings.of(value))
        .satisfies(e -> assertThat(everythingSaidBy(e)).doesNotContain("hunter2"));
  }
}
