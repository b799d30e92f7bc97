package dev.cistern.proxy.internal.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Makes trust managers that trust more issuers than the JDK. */
public final class TrustedIssuers {

  private TrustedIssuers() {}

  /** Trusts these issuers, and those that the JDK trusts. */
  public static X509TrustManager with(List<X509Certificate> issuers)
      throws GeneralSecurityException, IOException {
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
