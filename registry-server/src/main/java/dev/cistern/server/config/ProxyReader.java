package dev.cistern.server.config;

import dev.cistern.proxy.policy.DeletedTags;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.proxy.upstream.http.UpstreamConfigBuilder;
import java.net.URI;

/** Reads {@code proxy}. */
final class ProxyReader {

  private ProxyReader() {}

  static ProxyConfig read(Section proxy) {
    proxy.refused("remotenamespace", "is not supported; clients use the names of the upstream");
    return new ProxyConfig(
        proxy.value("remoteurl", ProxyConfig.DEFAULT.remoteUrl(), ProxyReader::remoteUrl),
        CredentialsReader.read(proxy),
        NetworkReader.read(proxy),
        reuse(proxy),
        LimitsReader.read(proxy),
        proxy.optional("memory", ValueParser.SIZE));
  }

  private static URI remoteUrl(String text) {
    URI url = WebAddress.parse(text);
    // The builder knows which URLs a registry may have.
    UpstreamConfigBuilder unused = UpstreamConfig.builder(url.toString());
    return url;
  }

  private static ProxyConfig.Reuse reuse(Section proxy) {
    ProxyConfig.Reuse defaults = ProxyConfig.DEFAULT.reuse();
    return new ProxyConfig.Reuse(
        proxy.value("freshness", defaults.freshness(), ValueParser.DURATION),
        proxy.value("staleafter", defaults.staleAfter(), ValueParser.DURATION),
        proxy.value("negativettl", defaults.negativeTtl(), ValueParser.DURATION),
        proxy.value("deleted", defaults.deleted(), ValueParser.oneOf(DeletedTags.class)));
  }
}
