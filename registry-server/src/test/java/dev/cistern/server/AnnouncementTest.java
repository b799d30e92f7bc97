package dev.cistern.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.config.ConfigLoader;
import dev.cistern.server.config.ServerConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnnouncementTest {

  private static final InetSocketAddress ADDRESS =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 5000);

  private static List<String> lines(Map<String, String> settings, Optional<InetSocketAddress> debug)
      throws Exception {
    ServerConfig config =
        new ConfigLoader(Map.of("filesystem", Set.of("rootdirectory"), "inmemory", Set.of()))
            .load(settings)
            .config();
    return new Announcement(config).lines(ADDRESS, debug);
  }

  @Test
  void defaultsAreToldInPlainWords() throws Exception {
    assertThat(
            lines(
                Map.of("REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", "/var/lib/cistern/."),
                Optional.empty()))
        .containsExactly(
            "Storage: filesystem in /var/lib/cistern; no limit on its size, content is removed"
                + " after 7 days unused",
            "Upstream: https://registry-1.docker.io without credentials, at most 64 blobs at once;"
                + " tags are confirmed at each pull",
            "Listening on http://127.0.0.1:5000/");
  }

  @Test
  void theAddressOfAllInterfacesIsShort() throws Exception {
    ServerConfig config = new ConfigLoader(Map.of("inmemory", Set.of())).load(Map.of()).config();
    InetSocketAddress all =
        new InetSocketAddress(InetAddress.getByAddress(new byte[16]), ADDRESS.getPort());

    assertThat(new Announcement(config).lines(all, Optional.empty()))
        .contains("Listening on http://[::]:5000/");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "freshness: 5m|after 5m",
        "revalidate: 1h|at each pull, in the background for another 1h",
        "freshness: [{tags: 'v[0-9]*', for: 24h}]|after 24h for v[0-9]*, at each pull for others",
        "freshness: [{tags: [latest, edge], for: 0s}, {tags: '*', for: 1h}]"
            + "|at each pull for latest, at each pull for edge, after 1h for *, at each pull for"
            + " others",
      })
  void freshnessIsToldByTags(String proxy, String confirmed, @TempDir Path directory)
      throws Exception {
    Path file = directory.resolve("config.yml");
    Files.writeString(file, "storage: inmemory\nproxy: {" + proxy + "}\n");
    ServerConfig config =
        new ConfigLoader(Map.of("inmemory", Set.of())).load(file, Map.of()).config();

    assertThat(new Announcement(config).proxy().get(1))
        .endsWith("; tags are confirmed " + confirmed);
  }

  @Test
  void whatIsConfiguredIsToldButNoSecret() throws Exception {
    List<String> lines =
        lines(
            Map.ofEntries(
                Map.entry("REGISTRY_STORAGE", "inmemory"),
                Map.entry("REGISTRY_PROXY_REMOTEURL", "https://registry.example"),
                Map.entry("REGISTRY_PROXY_USERNAME", "robot"),
                Map.entry("REGISTRY_PROXY_PASSWORD", "s3cret"),
                Map.entry("REGISTRY_PROXY_MAXSIZE", "100GiB"),
                Map.entry("REGISTRY_PROXY_MINFREE", "5GiB"),
                Map.entry("REGISTRY_PROXY_TTL", "0"),
                Map.entry("REGISTRY_PROXY_FRESHNESS", "90s"),
                Map.entry("REGISTRY_HTTP_PREFIX", "/hub/"),
                Map.entry("REGISTRY_HTTP_DEBUG_ADDR", "127.0.0.1:0"),
                Map.entry("REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED", "true")),
            Optional.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 5001)));

    assertThat(lines)
        .containsExactly(
            "Storage: inmemory; at most 100 GiB, 5.0 GiB of the disk are left free, unused content"
                + " is kept",
            "Upstream: https://registry.example with credentials, at most 64 blobs at once; tags"
                + " are confirmed after 1m30s",
            "Listening on http://127.0.0.1:5000/hub/; metrics on http://127.0.0.1:5001/metrics");
  }
}
