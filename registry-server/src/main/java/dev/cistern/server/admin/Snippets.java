package dev.cistern.server.admin;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The settings of clients, as in {@code examples/clients}, with the address of this cache. */
final class Snippets {

  private final String authority;
  private final boolean secure;
  private final List<String> upstreams;

  Snippets(ClientAddress clients, String host) {
    authority = clients.authority(host);
    secure = clients.isSecure();
    upstreams = clients.upstreams();
  }

  /**
   * A file of a client.
   *
   * @param path where it belongs
   */
  record Snippet(String path, String text) {}

  /** By the name of the client. */
  Map<String, Snippet> all() {
    Map<String, Snippet> all = new LinkedHashMap<>();
    all.put("Docker", new Snippet("/etc/docker/daemon.json", docker()));
    all.put("containerd", new Snippet("/etc/containerd/certs.d/_default/hosts.toml", containerd()));
    all.put(
        "Podman, CRI-O",
        new Snippet("/etc/containers/registries.conf.d/cistern.conf", containers()));
    all.put("BuildKit", new Snippet("/etc/buildkit/buildkitd.toml", buildkit()));
    return all;
  }

  private String url() {
    return (secure ? "https://" : "http://") + authority;
  }

  private String docker() {
    String mirrors = "  \"registry-mirrors\": [\"" + url() + "\"]";
    return secure
        ? "{\n" + mirrors + "\n}\n"
        : "{\n" + mirrors + ",\n  \"insecure-registries\": [\"" + authority + "\"]\n}\n";
  }

  private String containerd() {
    return "[host.\"" + url() + "\"]\n  capabilities = [\"pull\", \"resolve\"]\n";
  }

  private String containers() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < upstreams.size(); i++) {
      text.append(i == 0 ? "" : "\n")
          .append("[[registry]]\nprefix = \"")
          .append(upstreams.get(i))
          .append("\"\nlocation = \"")
          .append(upstreams.get(i))
          .append("\"\n\n[[registry.mirror]]\nlocation = \"")
          .append(mirror(i))
          .append(secure ? "\"\n" : "\"\ninsecure = true\n");
    }
    return text.toString();
  }

  private String buildkit() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < upstreams.size(); i++) {
      text.append("[registry.\"")
          .append(upstreams.get(i))
          .append("\"]\n  mirrors = [\"")
          .append(mirror(i))
          .append("\"]\n\n");
    }
    return secure
        ? text.toString().stripTrailing() + "\n"
        : text.append("[registry.\"").append(authority).append("\"]\n  http = true\n").toString();
  }

  /** The default upstream has no name in the path. A port has an underscore there. */
  private String mirror(int upstream) {
    return upstream == 0 ? authority : authority + "/" + upstreams.get(upstream).replace(':', '_');
  }
}
