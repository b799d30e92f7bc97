package dev.cistern.server.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.server.config.ServerConfig;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class HtmlTest {

  private static final String HOSTILE = "</p><script>alert(1)</script>&\"'";
  private static final String ESCAPED =
      "&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;";

  @Test
  void textAndValuesAreEscaped() {
    Html html = new Html();
    html.element("p", HOSTILE, "title", HOSTILE);

    assertThat(html).hasToString("<p title=\"" + ESCAPED + "\">" + ESCAPED + "</p>");
  }

  @Test
  void linksLeadOnlyToThisPage() {
    for (String other :
        List.of("javascript:alert(1)", "//evil.example/", "https://a.example", "/x")) {
      assertThatThrownBy(() -> new Html().element("a", "text", "href", other))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> new Html().open("form", "action", other))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(new Html().element("a", "text", "href", "/admin/?q=a&b"))
        .hasToString("<a href=\"/admin/?q=a&amp;b\">text</a>");
  }

  @Test
  void namesAreNeverText() {
    assertThatThrownBy(() -> new Html().open("p onload=x"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Html().open("p", "a b", "c"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Html().empty("script"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Html().open("p").toString())
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void bodiesAreReadStrictly() {
    assertThat(
            RequestBody.json(
                "{\"image\":\"a\",\"platform\":\"all\"}".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(Map.of("image", "a", "platform", "all"));
    assertThat(RequestBody.json(new byte[0])).isEmpty();
    for (String wrong :
        List.of(
            "[]",
            "1",
            "{\"a\":1}",
            "{\"a\":{}}",
            "{\"a\":\"b\"",
            "{\"a\":\"b\"}x",
            "{\"a\":\"b\",\"a\":\"c\"}")) {
      assertThatThrownBy(() -> RequestBody.json(wrong.getBytes(StandardCharsets.UTF_8)))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(RequestBody.form("a=b+c%2F&token=".getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(Map.of("a", "b c/", "token", ""));
    assertThatThrownBy(() -> RequestBody.form("a=%zz".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static String example(String path) throws Exception {
    return Files.readString(Path.of("..", "examples", "clients", path));
  }

  private static String text(Map<String, Snippets.Snippet> all, String client) {
    return Objects.requireNonNull(all.get(client)).text();
  }

  /** Without the comments and the upstream with a port. */
  private static String lines(String file) {
    return file.replaceAll("(?m)^#.*\n", "").strip();
  }

  @Test
  void settingsAreThoseOfTheExamples() throws Exception {
    Map<String, Snippets.Snippet> all =
        new Snippets(
                new ClientAddress(
                    "http",
                    Optional.empty(),
                    5000,
                    List.of("docker.io", "ghcr.io", "quay.io", "registry.example.com:5000")),
                "cache.example")
            .all();

    assertThat(text(all, "Docker").strip()).isEqualTo(lines(example("docker/daemon.json")));
    assertThat(text(all, "containerd").strip())
        .isEqualTo(lines(example("containerd/certs.d/_default/hosts.toml")));
    assertThat(text(all, "Podman, CRI-O").strip())
        .isEqualTo(lines(example("containers/registries.conf.d/cistern.conf")));
    assertThat(text(all, "BuildKit").strip()).isEqualTo(lines(example("buildkit/buildkitd.toml")));
  }

  @Test
  void settingsWithTlsAndAFixedAddress() {
    Map<String, Snippets.Snippet> all =
        new Snippets(
                new ClientAddress(
                    "http",
                    Optional.of(URI.create("https://hub.example")),
                    5000,
                    List.of(ServerConfig.defaults().proxy().main().name())),
                "localhost")
            .all();

    assertThat(text(all, "Docker")).contains("https://hub.example\"").doesNotContain("insecure");
    assertThat(text(all, "BuildKit")).doesNotContain("http = true");
  }
}
