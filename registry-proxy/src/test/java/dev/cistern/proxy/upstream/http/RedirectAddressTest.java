package dev.cistern.proxy.upstream.http;

import static dev.cistern.proxy.upstream.http.Failures.drain;
import static dev.cistern.proxy.upstream.http.Failures.everythingSaidBy;
import static dev.cistern.proxy.upstream.http.Failures.failure;
import static dev.cistern.proxy.upstream.http.Samples.ALPINE;
import static dev.cistern.proxy.upstream.http.Samples.BLOB;
import static dev.cistern.proxy.upstream.http.Samples.BLOB_DIGEST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.testing.KeptPort;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Redirects from public addresses to private ones, and token services there. In these tests the
 * number 127.0.0.1 is public, and the names resolve to 127.0.0.2, which is private.
 */
class RedirectAddressTest {

  private final FakeServer target = FakeServer.start(request -> Samples.blobAnswer());
  private volatile String location = "";
  private final FakeServer registry = FakeServer.start(request -> Samples.redirect(307, location));

  private static boolean isPrivate(InetAddress address) {
    return !address.getHostAddress().equals("127.0.0.1");
  }

  @AfterEach
  void stop() {
    registry.close();
    target.close();
  }

  private Upstream connect(UpstreamConfigBuilder config) {
    return Upstreams.connect(
        config.build(),
        CacheListener.NONE,
        client -> client.dns(host -> List.of(InetAddress.getByAddress(new byte[] {127, 0, 0, 2}))),
        RedirectAddressTest::isPrivate);
  }

  private UpstreamConfigBuilder config() {
    return UpstreamConfig.builder(registry.url());
  }

  private static byte[] blob(Upstream upstream) throws RegistryException {
    try (UpstreamBlob blob = upstream.blob(ALPINE, BLOB_DIGEST)) {
      return drain(blob);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.2", "internal.example.com", "[::ffff:127.0.0.2]", "0.0.0.0"})
  void aPublicUpstreamCannotRedirectToAPrivateAddress(String host) {
    location = "http://" + host + ":" + target.port() + "/latest/meta-data";
    try (Upstream upstream = connect(config())) {
      RegistryException failure = failure(() -> blob(upstream));

      assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
      assertThat(failure)
          .hasMessageContaining("which has a private address")
          .hasMessageContaining("proxy.trustedredirects");
      assertThat(target.requests()).isEmpty();
    }
  }

  @Test
  void aPublicUpstreamMayRedirectToAPublicAddress() throws RegistryException {
    location = target.url() + "/blob";
    try (Upstream upstream = connect(config())) {
      assertThat(blob(upstream)).isEqualTo(BLOB);
    }
  }

  @Test
  void theAddressIsCheckedWhenItIsDialled() {
    AtomicInteger lookups = new AtomicInteger();
    location = "http://rebinding.example.com:" + target.port() + "/x";
    try (Upstream upstream =
        Upstreams.connect(
            config().build(),
            CacheListener.NONE,
            client ->
                client.dns(
                    host ->
                        List.of(
                            InetAddress.getByAddress(
                                new byte[] {
                                  127, 0, 0, (byte) (lookups.getAndIncrement() % 2 == 0 ? 2 : 1)
                                }))),
            RedirectAddressTest::isPrivate)) {
      assertThat(failure(() -> blob(upstream))).hasMessageContaining("private address");
      assertThat(target.requests()).isEmpty();
    }
  }

  @Test
  void aPrivateUpstreamMayRedirectToPrivateAddresses() throws RegistryException {
    location = "http://internal.example.com:" + target.port() + "/blob";
    // The server listens on 127.0.0.1 only, so all addresses are private here.
    try (Upstream upstream =
        Upstreams.connect(
            config().build(),
            CacheListener.NONE,
            client -> client.dns(host -> List.of(InetAddress.getLoopbackAddress())),
            address -> true)) {
      assertThat(blob(upstream)).isEqualTo(BLOB);
    }
  }

  @Test
  void aTrustedHostMayHaveAPrivateAddress() {
    location = "http://mirror.example.com:" + target.port() + "/blob";
    try (Upstream upstream = connect(config().trustedRedirect("mirror.example.com"))) {
      // It is dialled; nothing listens at that address.
      assertThat(failure(() -> blob(upstream))).hasMessageContaining("no connection");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"internal.example.com", "internal_1.example.com"})
  void aNameIsNotJudgedWhereAnHttpProxyResolvesIt(String host) throws RegistryException {
    location = "http://" + host + "/blob";
    // The proxy is the registry for one name and the target for the other.
    try (FakeServer proxy =
            FakeServer.start(
                request ->
                    request.getTarget().contains(host)
                        ? Samples.blobAnswer()
                        : Samples.redirect(307, location));
        Upstream upstream =
            connect(
                UpstreamConfig.builder("http://registry.example.com")
                    .proxy(ProxySettings.of("http://127.0.0.1:" + proxy.port())))) {
      assertThat(blob(upstream)).isEqualTo(BLOB);
    }
  }

  private static FakeServer registryWith(String realm) {
    return FakeServer.start(
        request ->
            request.getHeaders().get("Authorization") == null
                ? Samples.challenge("Bearer realm=\"" + realm + "\",service=\"s\"")
                : Samples.blobAnswer());
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.2", "internal.example.com", "[::ffff:127.0.0.2]", "0.0.0.0"})
  void aPublicUpstreamCannotNameATokenServiceWithAPrivateAddress(String host) {
    try (FakeServer naming = registryWith("http://" + host + ":" + target.port() + "/token");
        Upstream upstream = connect(UpstreamConfig.builder(naming.url()))) {
      for (int i = 0; i < 2; i++) {
        RegistryException failure = failure(() -> blob(upstream));

        assertThat(failure.code()).isEqualTo(ErrorCode.BAD_GATEWAY);
        assertThat(failure)
            .hasMessageContaining("this token service has a private address")
            .hasMessageContaining("proxy.trustedrealms");
      }
      assertThat(target.requests()).isEmpty();
    }
  }

  @Test
  void aTrustedTokenServiceMayHaveAPrivateAddress() {
    try (FakeServer naming = registryWith("http://auth.example.com:" + target.port() + "/token");
        Upstream upstream =
            connect(UpstreamConfig.builder(naming.url()).trustedRealm("auth.example.com"))) {
      // It is dialled; nothing listens at that address.
      assertThat(failure(() -> blob(upstream))).hasMessageContaining("no connection");
    }
  }

  @Test
  void aPrivateUpstreamMayNameATokenServiceWithAPrivateAddress() throws RegistryException {
    try (FakeServer tokens = FakeServer.start(request -> Samples.status(200, "{\"token\":\"t\"}"));
        FakeServer naming = registryWith("http://auth.example.com:" + tokens.port() + "/token");
        Upstream upstream =
            Upstreams.connect(
                UpstreamConfig.builder(naming.url()).build(),
                CacheListener.NONE,
                client -> client.dns(host -> List.of(InetAddress.getLoopbackAddress())),
                address -> true)) {
      assertThat(blob(upstream)).isEqualTo(BLOB);
    }
  }

  @Test
  void aPublicTokenServiceMayBeUsedAndCannotRedirectToAPrivateAddress() throws RegistryException {
    try (FakeServer tokens =
            FakeServer.start(
                request ->
                    location.isEmpty()
                        ? Samples.status(200, "{\"token\":\"t\",\"expires_in\":0}")
                        : Samples.redirect(307, location));
        FakeServer naming = registryWith(tokens.url() + "/token");
        Upstream upstream =
            connect(UpstreamConfig.builder(naming.url()).trustedRedirect("mirror.example.com"))) {
      assertThat(blob(upstream)).isEqualTo(BLOB);

      location = "http://internal.example.com:" + target.port() + "/token";
      assertThat(failure(() -> blob(upstream)))
          .hasMessageContaining("it redirected to internal.example.com")
          .hasMessageContaining("proxy.trustedredirects");

      location = "http://mirror.example.com:" + target.port() + "/token";
      assertThat(failure(() -> blob(upstream))).hasMessageContaining("no connection");
      assertThat(target.requests()).isEmpty();
    }
  }

  /** Chooses proxies for a host of redirects, and none for the registry. */
  private abstract static class RedirectedThrough extends ProxySelector {

    abstract List<Proxy> proxies(URI uri);

    @Override
    public List<Proxy> select(URI uri) {
      return uri.getHost().equals("internal.example.com") ? proxies(uri) : List.of(Proxy.NO_PROXY);
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException failure) {
      // The next one is tried.
    }
  }

  private Upstream connect(ProxySelector proxies) {
    return Upstreams.connect(
        config().build(),
        CacheListener.NONE,
        client ->
            client
                .proxySelector(proxies)
                .dns(host -> List.of(InetAddress.getByAddress(new byte[] {127, 0, 0, 2}))),
        RedirectAddressTest::isPrivate);
  }

  private static Proxy proxy(KeptPort port) {
    return new Proxy(
        Proxy.Type.HTTP, new InetSocketAddress(InetAddress.getLoopbackAddress(), port.number()));
  }

  @Test
  void aDirectConnectionAfterAFailedHttpProxyIsCheckedToo() {
    location = "http://internal.example.com:" + target.port() + "/blob";
    try (KeptPort closed = KeptPort.open();
        Upstream upstream =
            connect(
                new RedirectedThrough() {
                  @Override
                  List<Proxy> proxies(URI uri) {
                    return List.of(proxy(closed), Proxy.NO_PROXY);
                  }
                })) {
      assertThat(everythingSaidBy(failure(() -> blob(upstream))))
          .contains("127.0.0.2 has a private address");
      assertThat(target.requests()).isEmpty();
    }
  }

  @Test
  void aProxySelectorThatFailsDoesNotRevealASignedUrl() {
    location = "http://internal.example.com:" + target.port() + "/blob?sig=secret-signature";
    try (Upstream upstream =
        connect(
            new RedirectedThrough() {
              @Override
              List<Proxy> proxies(URI uri) {
                throw new IllegalArgumentException("no proxy for " + uri);
              }
            })) {
      RegistryException failure = failure(() -> blob(upstream));

      assertThat(failure)
          .hasMessageContaining("no HTTP proxy can be chosen for internal.example.com");
      assertThat(everythingSaidBy(failure)).doesNotContain("secret-signature");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "0.1.2.3",
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "192.0.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "::10.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "2002:a00:1::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1"
      })
  void areNotOnTheInternet(String address) throws Exception {
    assertThat(PrivateAddresses.contains(InetAddress.getByName(address))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "100.63.0.1",
        "100.128.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "192.167.1.1",
        "198.20.0.1",
        "223.255.255.255",
        "::ffff:1.1.1.1",
        "64:ff9b::101:101",
        "2606:4700::1111",
        "2a00:1450:4001::1"
      })
  void areOnTheInternet(String address) throws Exception {
    assertThat(PrivateAddresses.contains(InetAddress.getByName(address))).isFalse();
  }
}
