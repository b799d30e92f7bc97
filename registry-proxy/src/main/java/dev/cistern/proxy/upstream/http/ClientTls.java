package dev.cistern.proxy.upstream.http;

import dev.cistern.proxy.internal.tls.TrustedIssuers;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import okhttp3.OkHttpClient;

/** Configures an HTTP client to trust additional issuers, and to send a client certificate. */
final class ClientTls {

  /** What replaces the JDK's defaults. */
  private record Settings(SSLSocketFactory sockets, X509TrustManager trust) {}

  private final Optional<Settings> settings;

  /**
   * Leaves the JDK's defaults when nothing is configured.
   *
   * @throws IllegalStateException if this Java runtime cannot do what is configured
   */
  ClientTls(UpstreamConfig config) {
    settings =
        config.trustedIssuers().isEmpty() && config.clientIdentity().isEmpty()
            ? Optional.empty()
            : Optional.of(settings(config));
  }

  private static Settings settings(UpstreamConfig config) {
    try {
      X509TrustManager trust = TrustedIssuers.with(config.trustedIssuers());
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          config.clientIdentity().map(keys -> new KeyManager[] {keys}).orElse(null),
          new TrustManager[] {trust},
          null);
      return new Settings(context.getSocketFactory(), trust);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("this Java runtime does not support the configured TLS", e);
    }
  }

  void applyTo(OkHttpClient.Builder client) {
    settings.ifPresent(set -> client.sslSocketFactory(set.sockets(), set.trust()));
  }
}
