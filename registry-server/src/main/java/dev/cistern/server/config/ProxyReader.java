package dev.cistern.server.config;

/** Reads {@code proxy}. */
final class ProxyReader {

  private ProxyReader() {}

  static ProxyConfig read(Section proxy) {
    proxy.refused("remotenamespace", "is not supported; clients ask for the upstream's own names");
    return new ProxyConfig(
        proxy.value("remoteurl", ProxyConfig.DEFAULT.remoteUrl(), WebAddress::parse),
        CredentialsReader.read(proxy),
        NetworkReader.read(proxy),
        reuse(proxy),
        LimitsReader.read(proxy),
        proxy.optional("memory", ValueParser.SIZE));
  }

  private static ProxyConfig.Reuse reuse(Section proxy) {
    ProxyConfig.Reuse none = ProxyConfig.DEFAULT.reuse();
    return new ProxyConfig.Reuse(
        proxy.value("freshness", none.freshness(), ValueParser.DURATION),
        proxy.value("staleafter", none.staleAfter(), ValueParser.DURATION),
        proxy.value("negativettl", none.negativeTtl(), ValueParser.DURATION));
  }
}
