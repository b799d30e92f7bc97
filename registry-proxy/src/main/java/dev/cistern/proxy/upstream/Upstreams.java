package dev.cistern.proxy.upstream;

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
    throw new UnsupportedOperationException("to come: " + config.name());
  }
}
