package dev.cistern.proxy.upstream.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cistern.proxy.credential.Credentials;
import dev.cistern.proxy.upstream.Upstream;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UpstreamConfigTest {

  @ParameterizedTest
  @CsvSource({
    "https://registry.example.com, https://registry.example.com, registry.example.com",
    "https://registry.example.com/, https://registry.example.com, registry.example.com",
    "https://registry.example.com:443, https://registry.example.com, registry.example.com",
    "https://REGISTRY.example.com:8443/a/b//, https://registry.example.com:8443/a/b,"
        + " registry.example.com:8443",
    "http://[::1]:5000/p, http://[::1]:5000/p, [::1]:5000",
    "https://docker.io, https://registry-1.docker.io, registry-1.docker.io",
    "https://index.docker.io/, https://registry-1.docker.io, registry-1.docker.io",
    "https://registry-1.docker.io, https://registry-1.docker.io, registry-1.docker.io"
  })
  void parsesTheRegistrysUrl(String remoteUrl, URI normal, String name) {
    UpstreamConfig config = UpstreamConfig.builder(remoteUrl).build();
    assertThat(config.remoteUrl()).isEqualTo(normal);
    assertThat(config.name()).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "registry.example.com",
        "//registry.example.com",
        "ftp://registry.example.com",
        "https://",
        "https://registry.example.com?x=y",
        "https://registry.example.com#x"
      })
  void refusesInvalidUrls(String remoteUrl) {
    assertThatIllegalArgumentException().isThrownBy(() -> UpstreamConfig.builder(remoteUrl));
  }

  @ParameterizedTest
  @CsvSource({
    "https://r.example.com/v2/, use https://r.example.com",
    "https://r.example.com/v2, use https://r.example.com",
    "https://r.example.com/%76%32, use https://r.example.com",
    "https://r.example.com/a/v%32/, use https://r.example.com/a",
    "https://r.example.com:5000/prefix/v2//, use https://r.example.com:5000/prefix"
  })
  void refusesAUrlOfTheApiAndSaysWhichToUse(String remoteUrl, String advice) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UpstreamConfig.builder(remoteUrl))
        .withMessageEndingWith(advice);
  }

  @Test
  void aPathPrefixMayHaveAnyOtherName() {
    assertThat(UpstreamConfig.builder("https://r.example.com/v2x/a").build().remoteUrl())
        .hasPath("/v2x/a");
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://user:hunter2@r.example.com", "https://:hunter2@r.example.com"})
  void refusesCredentialsInTheUrlWithoutRepeatingThem(String remoteUrl) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UpstreamConfig.builder(remoteUrl))
        .withMessageContaining("user name and password")
        .satisfies(e -> assertThat(Failures.everythingSaidBy(e)).doesNotContain("hunter2"));
  }

  @Test
  void everyOptionHasASaneDefault() throws Exception {
    UpstreamConfig config = UpstreamConfig.builder("https://r.example.com").build();
    assertThat(config.credentials().credentials()).isEmpty();
    assertThat(config.trustedRealms()).isEmpty();
    assertThat(config.insecureCredentials()).isFalse();
    assertThat(config.httpVersion()).isEqualTo(HttpVersion.HTTP_1_1);
    assertThat(config.connectTimeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(config.headerTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(config.stallTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(config.metadataTimeout()).isEqualTo(Duration.ofSeconds(60));
    assertThat(config.metadataLimit()).isEqualTo(32 * 1024 * 1024);
    assertThat(config.userAgent()).startsWith("cistern/");
    assertThat(config.trustedIssuers()).isEmpty();
    assertThat(config.clientIdentity()).isEmpty();
    assertThat(config.proxy()).isEmpty();
    assertThat(config.maxBandwidth()).isEmpty();
  }

  @Test
  void refusesInvalidOptions() {
    UpstreamConfigBuilder builder = UpstreamConfig.builder("https://r.example.com");
    assertThatIllegalArgumentException().isThrownBy(() -> builder.stallTimeout(Duration.ZERO));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder.headerTimeout(Duration.ofSeconds(-1)));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.metadataLimit(0));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.maxBandwidth(1023));
    assertThatIllegalArgumentException().isThrownBy(() -> builder.userAgent("a\r\nb"));
    for (String host :
        new String[] {"", "https://auth.example.com", "a b", "user@host", "h/path", "h:99999"}) {
      assertThatIllegalArgumentException().isThrownBy(() -> builder.trustedRealm(host));
    }
  }

  @Test
  void noTextShowsAPassword() {
    Credentials credentials = new Credentials("user", "hunter2");
    UpstreamConfig config =
        UpstreamConfig.builder("https://r.example.com").credentials(credentials).build();
    assertThat(credentials).asString().contains("user").doesNotContain("hunter2");
    assertThat(config).asString().doesNotContain("hunter2");
    assertThat(new Authorization.Basic(credentials)).asString().doesNotContain("aHVudGVyMg");
    try (Upstream upstream = Upstreams.connect(config)) {
      assertThat(upstream).asString().contains("r.example.com").doesNotContain("hunter2");
    }
  }

  @Test
  void credentialsRefuseCharactersThatBasicCannotEncode() {
    assertThatIllegalArgumentException().isThrownBy(() -> new Credentials("a:b", "x"));
    assertThatIllegalArgumentException().isThrownBy(() -> new Credentials("", "x"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Credentials("a", "hunter2\n"))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hunter2"));
  }
}
