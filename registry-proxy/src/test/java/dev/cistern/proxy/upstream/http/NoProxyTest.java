package dev.cistern.proxy.upstream.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code NO_PROXY} as Go reads it. */
class NoProxyTest {

  @ParameterizedTest
  @CsvSource({
    "*, anything.example, 443",
    "'a, *', anything.example, 443",
    "example.com, example.com, 443",
    "example.com, r.example.com, 443",
    "EXAMPLE.com, r.example.com, 443",
    ".example.com, r.example.com, 443",
    "*.example.com, r.example.com, 443",
    "'other.example , example.com', example.com, 443",
    "example.com:8443, r.example.com, 8443",
    ".example.com:80, r.example.com, 80",
    "10.1.2.3, 10.1.2.3, 443",
    "10.1.2.3:80, 10.1.2.3, 80",
    "10.0.0.0/8, 10.255.0.1, 443",
    "10.1.2.128/25, 10.1.2.129, 443",
    "0.0.0.0/0, 10.1.2.3, 443",
    "2001:db8::1, 2001:db8::1, 443",
    "[2001:db8::1]:443, 2001:db8::1, 443",
    "2001:db8::/32, 2001:db8:1::1, 443",
  })
  void coversTheHostsOfItsEntries(String value, String host, int port) {
    assertThat(NoProxy.parse(value).covers(host, port)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "'', example.com, 443",
    "',,', example.com, 443",
    "example.com, notexample.com, 443",
    "example.com, example.com.evil.example, 443",
    ".example.com, example.com, 443",
    "*.example.com, example.com, 443",
    "example.com:8443, example.com, 443",
    "10.1.2.3, 10.1.2.4, 443",
    "10.1.2.3:80, 10.1.2.3, 443",
    "10.0.0.0/8, 11.0.0.1, 443",
    "10.0.0.0/8, 10.example.com, 443",
    "10.1.2.128/25, 10.1.2.127, 443",
    "2001:db8::/32, 2001:db9::1, 443",
    "0.0.0.0/0, 2001:db8::1, 443",
    "0.0.0.0/0, example.com, 443",
  })
  void leavesOutOtherHosts(String value, String host, int port) {
    assertThat(NoProxy.parse(value).covers(host, port)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".",
        "*.",
        ":80",
        "/",
        "10.0.0.0/",
        "10.0.0.0/33",
        "/8",
        "a/8",
        "10.0.0.0/-1",
        "[",
        "a:b:c:d"
      })
  void ignoresInvalidEntries(String entry) {
    assertThat(NoProxy.parse(entry).covers("10.0.0.1", 80)).isFalse();
    assertThat(NoProxy.parse(entry + ",example.com").covers("example.com", 80)).isTrue();
  }

  @Test
  void aLongListIsParsedQuickly() {
    String value = "a.example,".repeat(10_000) + "example.com";
    assertThat(NoProxy.parse(value).covers("example.com", 80)).isTrue();
  }
}
