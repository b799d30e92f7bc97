package dev.cistern.proxy.upstream.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RealmPolicyTest {

  private static Optional<String> objection(String upstream, String realm) {
    return new RealmPolicy(UpstreamConfig.builder(upstream).build())
        .objectionTo(HttpUrl.get(realm));
  }

  @ParameterizedTest
  @CsvSource({
    "https://registry-1.docker.io, https://auth.docker.io/token",
    "https://registry.example.com, https://registry.example.com/token",
    "https://registry.example.com, https://registry.example.com:8443/token",
    "https://registry.example.co.uk, https://login.example.co.uk/token",
    "https://10.0.0.5:5000, https://10.0.0.5:5001/token",
    "https://registry, https://registry:5001/token",
    "http://localhost:5000, http://127.0.0.1:5001/token",
    "http://127.0.0.1:5000, http://[::1]:5001/token",
    "https://localhost:5000, http://localhost:5001/token"
  })
  void trustsItsOwnHostItsDomainAndLoopbackFromLoopback(String upstream, String realm) {
    assertThat(objection(upstream, realm)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "https://registry-1.docker.io, https://auth.docker.io.evil.example/token",
    "https://registry-1.docker.io, https://notdocker.io/token",
    "https://registry.example.co.uk, https://evil.co.uk/token",
    "https://one.github.io, https://two.github.io/token",
    "https://10.0.0.5, https://10.0.0.6/token",
    "https://registry, https://other/token",
    "https://registry.example.com, https://127.0.0.1/token",
    "http://localhost:5000, https://registry.example.com/token"
  })
  void anyOtherHostHasToBeListed(String upstream, String realm) {
    String host = HttpUrl.get(realm).host();
    assertThat(objection(upstream, realm)).get().asString().contains(host, "proxy.trustedrealms");
    UpstreamConfig listed = UpstreamConfig.builder(upstream).trustedRealm(host).build();
    assertThat(new RealmPolicy(listed).objectionTo(HttpUrl.get(realm))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "https://registry.example.com, http://auth.example.com/token",
    "https://registry.example.com, http://registry.example.com/token",
    "http://registry.example.com, https://registry.example.com/token",
    "http://registry.example.com, http://registry.example.com/token"
  })
  void plainHttpHasToBeAllowedEvenWithinADomain(String upstream, String realm) {
    assertThat(objection(upstream, realm)).get().asString().contains("proxy.insecurecredentials");
    UpstreamConfig allowed = UpstreamConfig.builder(upstream).allowInsecureCredentials().build();
    assertThat(new RealmPolicy(allowed).objectionTo(HttpUrl.get(realm))).isEmpty();
  }

  @Test
  void aListedHostWithAPortIsTrustedOnThatPortAlone() {
    RealmPolicy policy =
        new RealmPolicy(
            UpstreamConfig.builder("https://registry.example.com")
                .trustedRealm("Auth.Example.NET:8443")
                .build());
    assertThat(policy.objectionTo(HttpUrl.get("https://auth.example.net:8443/t"))).isEmpty();
    assertThat(policy.objectionTo(HttpUrl.get("https://auth.example.net/t"))).isPresent();
    assertThat(policy.objectionTo(HttpUrl.get("http://auth.example.net:8443/t"))).isPresent();
  }
}
