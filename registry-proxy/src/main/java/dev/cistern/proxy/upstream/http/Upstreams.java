package dev.cistern.proxy.upstream.http;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.memory.MetadataMemory;
import dev.cistern.proxy.upstream.Upstream;
import java.net.InetAddress;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import okhttp3.OkHttpClient;

/** Connects to upstreams over HTTP. */
public final class Upstreams {

  private Upstreams() {}

  /**
   * Makes a client of the configured registry, with its own connections and tokens. It connects at
   * the first call, so this does not fail when the upstream is down.
   *
   * @return to be closed by the caller
   */
  public static Upstream connect(UpstreamConfig config) {
    return connect(config, CacheListener.NONE);
  }

  /**
   * As {@link #connect(UpstreamConfig)}, with a listener.
   *
   * @param listener gets token requests and the upstream's rate limit
   */
  public static Upstream connect(UpstreamConfig config, CacheListener listener) {
    return connect(config, listener, UnaryOperator.identity());
  }

  /** With a customized HTTP client, for tests that replace name resolution or trust. */
  static Upstream connect(
      UpstreamConfig config,
      CacheListener listener,
      UnaryOperator<OkHttpClient.Builder> customization) {
    return connect(config, listener, customization, PrivateAddresses::contains);
  }

  /** With a limit of its own for metadata. */
  static Upstream connect(UpstreamConfig config, MetadataMemory memory) {
    return connect(
        config, memory, CacheListener.NONE, UnaryOperator.identity(), PrivateAddresses::contains);
  }

  /**
   * As above.
   *
   * @param isPrivate which addresses are not on the public Internet
   */
  static Upstream connect(
      UpstreamConfig config,
      CacheListener listener,
      UnaryOperator<OkHttpClient.Builder> customization,
      Predicate<InetAddress> isPrivate) {
    return connect(config, MetadataMemory.OF_HEAP, listener, customization, isPrivate);
  }

  private static Upstream connect(
      UpstreamConfig config,
      MetadataMemory memory,
      CacheListener listener,
      UnaryOperator<OkHttpClient.Builder> customization,
      Predicate<InetAddress> isPrivate) {
    Transport transport = new Transport(config, customization, isPrivate);
    GuardedHosts hosts = new GuardedHosts(transport, config.remote(), config.clock());
    RedirectLoop redirects = new RedirectLoop(config, hosts, isPrivate);
    RealmPolicy policy = new RealmPolicy(config);
    UpstreamErrors errors = new UpstreamErrors(config.remote(), policy, config.clock());
    TokenService service = new TokenService(config, redirects, errors, listener);
    BearerTokens tokens = new BearerTokens(service, errors, config.clock());
    Authorizer authorizer =
        new Authorizer(config, redirects, tokens, errors, policy, isPrivate, listener);
    return new HttpUpstream(config, memory, transport, authorizer, errors);
  }
}
