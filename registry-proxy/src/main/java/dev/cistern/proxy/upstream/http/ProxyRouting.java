package dev.cistern.proxy.upstream.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import okhttp3.Authenticator;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.Route;
import org.jspecify.annotations.Nullable;

/** Configures an HTTP client to use the configured proxies. */
final class ProxyRouting extends ProxySelector implements Authenticator {

  private static final String HEADER = "Proxy-Authorization";

  private final ProxySettings settings;

  ProxyRouting(ProxySettings settings) {
    this.settings = settings;
  }

  void applyTo(OkHttpClient.Builder client) {
    client.proxySelector(this).proxyAuthenticator(this);
  }

  @Override
  public List<Proxy> select(URI uri) {
    return List.of(
        Optional.ofNullable(HttpUrl.get(uri))
            .flatMap(settings::on)
            .map(HttpProxy::proxy)
            .orElse(Proxy.NO_PROXY));
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException failure) {
    // The call fails with it.
  }

  /** Answers a proxy that requires authentication; for CONNECT, without waiting for a challenge. */
  @Override
  public @Nullable Request authenticate(@Nullable Route route, Response response) {
    Request asked = response.request();
    if (route == null || asked.header(HEADER) != null) {
      return null;
    }
    // Compared with the route, because the URL of a CONNECT request is that of the target host.
    return settings
        .on(asked.url())
        .filter(proxy -> isOn(proxy, route))
        .flatMap(HttpProxy::login)
        .map(
            login ->
                asked.newBuilder().header(HEADER, new Authorization.Basic(login).header()).build())
        .orElse(null);
  }

  private static boolean isOn(HttpProxy proxy, Route route) {
    return route.proxy().address() instanceof InetSocketAddress address
        && address.getHostString().equals(proxy.host())
        && address.getPort() == proxy.port();
  }
}
