package dev.cistern.proxy.upstream.http;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509KeyManager;
import javax.net.ssl.X509TrustManager;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

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
      X509TrustManager trust = trust();
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

  private X509TrustManager trust() throws GeneralSecurityException, IOException {
    X509TrustManager system = trust(null);
    if (issuers.isEmpty()) {
      return system;
    }
    KeyStore all = KeyStore.getInstance(KeyStore.getDefaultType());
    all.load(null, null);
    int count = 0;
    for (X509Certificate issuer : system.getAcceptedIssuers()) {
      all.setCertificateEntry("system-" + count++, issuer);
    }
    for (X509Certificate issuer : issuers) {
      all.setCertificateEntry("configured-" + count++, issuer);
    }
    return trust(all);
  }

  private static X509TrustManager trust(@Nullable KeyStore roots) throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(roots);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager x509) {
        return x509;
      }
    }
    throw new GeneralSecurityException("no trust manager for X.509");
  }
}
