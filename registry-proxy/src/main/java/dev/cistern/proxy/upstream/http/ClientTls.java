package dev.cistern.proxy.upstream.http;

import dev.cistern.proxy.internal.tls.TrustedIssuers;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509KeyManager;
import javax.net.ssl.X509TrustManager;
import okhttp3.OkHttpClient;

/** Configures an HTTP client to trust additional issuers, and to send a client certificate. */
final class ClientTls {

  private final List<X509Certificate> issuers;
  private final Optional<X509KeyManager> identity;

  ClientTls(UpstreamConfig config) {
    issuers = config.trustedIssuers();
    identity = config.clientIdentity();
  }

  /** Leaves the JDK's defaults when nothing is configured. */
  void applyTo(OkHttpClient.Builder client) {
    if (issuers.isEmpty() && identity.isEmpty()) {
      return;
    }
    try {
      X509TrustManager trust = TrustedIssuers.with(issuers);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          identity.map(keys -> new KeyManager[] {keys}).orElse(null),
          new TrustManager[] {trust},
          null);
      client.sslSocketFactory(context.getSocketFactory(), trust);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("this Java runtime does not support the configured TLS", e);
    }
  }
}
