package dev.cistern.server.config;

import static dev.cistern.server.config.Configurations.config;
import static dev.cistern.server.config.Configurations.problems;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.net.InetAddresses;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpNetworkTest {

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.0.1, true",
    "10.0.0.0/8, 11.0.0.1, false",
    "10.1.2.3, 10.1.2.3, true",
    "10.1.2.3, 10.1.2.4, false",
    "192.168.4.0/22, 192.168.7.255, true",
    "192.168.4.0/22, 192.168.8.0, false",
    "0.0.0.0/0, 203.0.113.9, true",
    "0.0.0.0/0, 2001:db8::1, false",
    "::/0, 2001:db8::1, true",
    "::/0, 203.0.113.9, false",
    "fd00::/8, fdab::1, true",
    "fd00::/8, fe80::1, false",
    "2001:db8:0:1::/64, 2001:db8:0:1:ffff::, true",
    "2001:db8:0:1::/64, 2001:db8:0:2::, false",
    "::ffff:10.0.0.0/104, 10.9.9.9, true",
    "10.0.0.0/8, ::ffff:10.9.9.9, true",
    "::1, ::1, true",
  })
  void containsTheAddressesThatShareItsPrefix(String network, String address, boolean contained) {
    assertThat(IpNetwork.parse(network).contains(InetAddresses.forString(address)))
        .isEqualTo(contained);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "10.0.0/8",
        "host.example",
        "::/129",
        "10.0.0.0/8/8",
        "::ffff:10.0.0.0/95"
      })
  void anythingElseIsAnError(String text) {
    assertThatThrownBy(() -> IpNetwork.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is no address and no network");
  }

  @Test
  void anAddressInsideOfANetworkIsNoNetwork() {
    assertThatThrownBy(() -> IpNetwork.parse("10.0.0.7/8"))
        .hasMessageStartingWith("'10.0.0.7/8' is an address inside of a network");
  }

  @Test
  void theyAreListedInTheSectionHttp() {
    ClientsConfig clients =
        config(
                "http: {allow: [10.0.0.0/8, '::1'], trustedproxies: 10.0.0.1, forwardedheader:"
                    + " Forwarded}")
            .http()
            .clients();

    assertThat(clients.allow())
        .extracting(Object::toString)
        .containsExactly("10.0.0.0/8", "::1/128");
    assertThat(clients.trustedProxies())
        .extracting(Object::toString)
        .containsExactly("10.0.0.1/32");
    assertThat(clients.header()).isEqualTo(ClientsConfig.ForwardedHeader.FORWARDED);
    assertThat(config("").http().clients()).isEqualTo(ClientsConfig.DEFAULT);
    assertThat(problems("http: {allow: [everyone], forwardedheader: x-real-ip}")).hasSize(2);
  }
}
