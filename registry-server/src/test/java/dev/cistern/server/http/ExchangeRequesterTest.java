package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("Clients share the queue for the upstream; one machine is one client")
class ExchangeRequesterTest {

  private static String client(String address) throws UnknownHostException {
    return ExchangeRequester.client(InetAddress.getByName(address));
  }

  @ParameterizedTest
  @CsvSource({
    "2001:db8:1:2::1, 2001:db8:1:2:ffff:ffff:ffff:ffff",
    "::ffff:192.0.2.1, 192.0.2.1",
    "192.0.2.1, 192.0.2.1"
  })
  void addressesOfOneMachineAreOneClient(String one, String other) throws UnknownHostException {
    assertThat(client(one)).isEqualTo(client(other));
  }

  @ParameterizedTest
  @CsvSource({
    "2001:db8:1:2::1, 2001:db8:1:3::1",
    "192.0.2.1, 192.0.2.2",
  })
  void addressesOfTwoMachinesAreTwoClients(String one, String other) throws UnknownHostException {
    assertThat(client(one)).isNotEqualTo(client(other));
  }

  @Test
  void aClientOfIpv6IsItsNetwork() throws UnknownHostException {
    assertThat(client("2001:db8:1:2::1")).isEqualTo("20010db800010002/64");
  }
}
