package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.net.InetAddresses;
import dev.cistern.server.config.ClientsConfig;
import dev.cistern.server.config.ClientsConfig.ForwardedHeader;
import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.config.IpNetwork;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From where clients may come, and which proxies are believed. */
class ClientNetworksTest {

  @TempDir Path directory;

  private FakeUpstream upstream;

  @BeforeEach
  void start() throws IOException {
    upstream = FakeUpstream.start();
  }

  @AfterEach
  void stop() throws IOException {
    upstream.close();
  }

  private static List<IpNetwork> networks(String text) {
    return Stream.of(text.split(" ", -1))
        .filter(network -> !network.isEmpty())
        .map(IpNetwork::parse)
        .toList();
  }

  private RunningServer server(String allow, String proxies) throws IOException {
    HttpConfig http = RunningServer.LOOPBACK;
    return RunningServer.start(
        RunningServer.config(
            upstream,
            RunningServer.inMemory(),
            new HttpConfig(
                http.addr(),
                http.prefix(),
                http.host(),
                http.headers(),
                http.drainTimeout(),
                http.drainDelay(),
                http.limits(),
                http.tls(),
                http.http2(),
                http.debug(),
                new ClientsConfig(
                    networks(allow), networks(proxies), ForwardedHeader.X_FORWARDED_FOR),
                http.admin())));
  }

  @Test
  void whoIsInNoAllowedNetworkGetsAnError() throws IOException {
    try (RunningServer server = server("10.0.0.0/8 ::1", "")) {
      HttpResponse<byte[]> answer = server.get("/v2/nowhere/image/manifests/1");

      assertThat(answer.statusCode()).isEqualTo(403);
      assertThat(ServerTest.text(answer)).contains("\"code\":\"DENIED\"").contains("http.allow");
      assertThat(upstream.requests()).isEmpty();
      // Nobody is believed.
      assertThat(server.get("/v2/", "X-Forwarded-For", "10.0.0.1").statusCode()).isEqualTo(403);
    }
  }

  @Test
  void whoIsInAnAllowedNetworkIsServed() throws IOException {
    try (RunningServer server = server("10.0.0.0/8 127.0.0.0/8", "")) {
      assertThat(server.get("/v2/").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aTrustedProxySaysFromWhereARequestComes() throws IOException {
    try (RunningServer server = server("10.0.0.0/8", "127.0.0.1")) {
      assertThat(server.get("/v2/", "X-Forwarded-For", "10.0.0.1").statusCode()).isEqualTo(200);
      assertThat(server.get("/v2/", "X-Forwarded-For", "203.0.113.9").statusCode()).isEqualTo(403);
      assertThat(server.get("/v2/", "X-Forwarded-For", "10.0.0.1, 203.0.113.9").statusCode())
          .isEqualTo(403);
      assertThat(server.get("/v2/", "Forwarded", "for=10.0.0.1").statusCode()).isEqualTo(403);
    }
  }

  @Test
  void theLogNamesTheClientBehindTheProxy() throws IOException {
    try (LoggedLines log = new LoggedLines()) {
      try (RunningServer server = server("", "127.0.0.1")) {
        assertThat(server.get("/v2/", "X-Forwarded-For", "203.0.113.9").statusCode())
            .isEqualTo(200);
      }
      ServerTest.await(() -> log.lines().toString().contains("203.0.113.9"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "127.0.0.1 | 203.0.113.9 | 203.0.113.9",
        "127.0.0.1 | 198.51.100.7, 203.0.113.9 | 203.0.113.9",
        "127.0.0.1 | 203.0.113.9, 10.0.0.1 | 203.0.113.9",
        "127.0.0.1 | 10.0.0.2, 10.0.0.1 | 10.0.0.2",
        "127.0.0.1 | 203.0.113.9,unknown | 127.0.0.1",
        "127.0.0.1 | '' | 127.0.0.1",
        "127.0.0.1 | , | 127.0.0.1",
        "127.0.0.1 | 203.0.113.9:4711 | 203.0.113.9",
        "127.0.0.1 | [2001:db8::1]:4711 | 2001:db8::1",
        "127.0.0.1 | 2001:db8::1 | 2001:db8::1",
        "127.0.0.1 | ::ffff:203.0.113.9 | 203.0.113.9",
        "192.0.2.1 | 203.0.113.9 | 192.0.2.1",
      })
  void theLastAddressThatIsNoProxyIsTheClient(String peer, String header, String client) {
    assertThat(client(ForwardedHeader.X_FORWARDED_FOR, peer, header))
        .isEqualTo(InetAddresses.forString(client));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "for=203.0.113.9 | 203.0.113.9",
        "for=198.51.100.7, For=\"[2001:db8::1]:4711\";proto=https;by=10.0.0.1 | 2001:db8::1",
        "proto=https;for=203.0.113.9 | 203.0.113.9",
        "for=203.0.113.9, for=_hidden | 127.0.0.1",
        "by=203.0.113.9 | 127.0.0.1",
      })
  void soItIsInTheHeaderOfTheStandard(String header, String client) {
    assertThat(client(ForwardedHeader.FORWARDED, "127.0.0.1", header))
        .isEqualTo(InetAddresses.forString(client));
  }

  private static Object client(ForwardedHeader kind, String peer, String header) {
    return new ForwardedClients(
            new ClientsConfig(List.of(), networks("127.0.0.0/8 10.0.0.0/8"), kind), exchange -> {})
        .client(InetAddresses.forString(peer), header);
  }
}
