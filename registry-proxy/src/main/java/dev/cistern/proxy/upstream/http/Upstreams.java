package dev.cistern.proxy.upstream.http;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.upstream.Upstream;
import java.util.function.UnaryOperator;
import okhttp3.OkHttpClient;

/** Makes upstreams. */
public final class Upstreams {

  private Upstreams() {}

  /**
   * A client of the configured registry, with connections and tokens of its own. Opens no
   * connection until it is asked something, so an upstream that is down does not show here.
   *
   * @return to be closed by the caller
   */
  public static Upstream connect(UpstreamConfig config) {
    return connect(config, CacheListener.NONE);
  }

  /**
   * As above.
   *
   * @param listener is told of token requests and of the upstream's limit on pulls
   */
  public static Upstream connect(UpstreamConfig config, CacheListener listener) {
    return connect(config, listener, UnaryOperator.identity());
  }

  /** With a say in the HTTP client: name resolution and trust, which tests bend. */
  static Upstream connect(
      UpstreamConfig config,
      CacheListener listener,
      UnaryOperator<OkHttpClient.Builder> customization) {
    Transport transport = new Transport(config, customization);
    RedirectLoop redirects = new RedirectLoop(transport);
    UpstreamErrors errors = new UpstreamErrors(config.remote(), config.clock());
    TokenService service = new TokenService(config, redirects, errors, listener);
    BearerTokens tokens = new BearerTokens(service, errors, config.clock());
    Authorizer authorizer = new Authorizer(config, redirects, tokens, errors, listener);
    return new HttpUpstream(config, transport, authorizer, errors);
  }
}
