package dev.cistern.server;

import dev.cistern.server.config.ServerConfig;
import java.util.ArrayList;
import java.util.List;

/** Which sections of a configuration differ from that of the running server. */
final class ChangedSections {

  private ChangedSections() {}

  /** The names of those whose changes only a restart applies. */
  static List<String> afterRestart(ServerConfig running, ServerConfig changed) {
    List<String> names = new ArrayList<>();
    if (!changed.http().equals(running.http())) {
      names.add("http");
    }
    if (!changed.storage().equals(running.storage())) {
      names.add("storage");
    }
    if (!changed.log().equals(running.log())) {
      names.add("log");
    }
    if (!changed.auth().toString().equals(running.auth().toString())) {
      names.add("auth");
    }
    if (!changed.health().equals(running.health())) {
      names.add("health");
    }
    if (!changed.proxy().peers().equals(running.proxy().peers())) {
      names.add("proxy.peers");
    }
    return names;
  }
}
