package dev.cistern.server.config;

import java.util.Optional;

/** Reads {@code proxy}. */
final class ProxyReader {

  private ProxyReader() {}

  static ProxyConfig read(Section proxy) {
    proxy.refused("exec", "credential helpers are not supported yet; give username and password");
    proxy.refused("remotenamespace", "is not supported; clients ask for the upstream's own names");
    proxy.ignored("ttl", ValueParser.DURATION, "nothing expires yet");
    proxy.ignored("maxsize", ValueParser.SIZE, "the size of the cache is not bounded yet");
    proxy.ignored("sweep", ValueParser.DURATION, "nothing expires yet");
    return new ProxyConfig(
        proxy.value("remoteurl", ProxyConfig.DEFAULT.remoteUrl(), WebAddress::parse),
        login(proxy),
        reuse(proxy));
  }

  private static ProxyConfig.Reuse reuse(Section proxy) {
    ProxyConfig.Reuse none = ProxyConfig.DEFAULT.reuse();
    return new ProxyConfig.Reuse(
        proxy.value("freshness", none.freshness(), ValueParser.DURATION),
        proxy.value("staleafter", none.staleAfter(), ValueParser.DURATION),
        proxy.value("negativettl", none.negativeTtl(), ValueParser.DURATION));
  }

  private static Optional<ProxyConfig.Login> login(Section proxy) {
    Optional<String> username = proxy.text("username");
    Optional<String> password = proxy.text("password");
    if (username.isPresent() && password.isEmpty()) {
      proxy.error("username", "needs proxy.password with it");
    }
    if (password.isPresent() && username.isEmpty()) {
      proxy.error("password", "needs proxy.username with it");
    }
    return username.flatMap(name -> password.map(secret -> new ProxyConfig.Login(name, secret)));
  }
}
