package dev.cistern.server.tls;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks the certificates of clients by the issuers in some files, which are read again after they
 * have changed, in the way of {@link WatchedIdentity}. If one of the files is not usable any more,
 * all earlier issuers stay in effect. Thread-safe.
 */
final class WatchedIssuers extends X509ExtendedTrustManager {

  private static final Logger log = LoggerFactory.getLogger(WatchedIssuers.class);

  private final List<TlsFile> files;
  private final InstantSource clock;
  private final ReentrantLock checking = new ReentrantLock();
  private volatile Instant checked;
  private volatile X509ExtendedTrustManager current;

  // Guarded by checking.
  private List<String> texts;
  private @Nullable String complaint;

  private WatchedIssuers(
      List<TlsFile> files,
      InstantSource clock,
      List<String> texts,
      X509ExtendedTrustManager current) {
    this.files = files;
    this.clock = clock;
    this.texts = texts;
    this.current = current;
    this.checked = clock.instant();
  }

  /**
   * Reads the files for the first time.
   *
   * @throws IOException if one is not usable; the message is for the operator
   */
  static WatchedIssuers start(List<TlsFile> files, InstantSource clock) throws IOException {
    List<String> texts = texts(files);
    return new WatchedIssuers(files, clock, texts, manager(files, texts));
  }

  private static List<String> texts(List<TlsFile> files) throws IOException {
    List<String> texts = new ArrayList<>();
    for (TlsFile file : files) {
      texts.add(file.text());
    }
    return texts;
  }

  private static X509ExtendedTrustManager manager(List<TlsFile> files, List<String> texts)
      throws IOException {
    try {
      KeyStore issuers = KeyStore.getInstance(KeyStore.getDefaultType());
      issuers.load(null, null);
      for (int i = 0; i < files.size(); i++) {
        for (X509Certificate issuer : CertificateChain.read(files.get(i), texts.get(i))) {
          issuers.setCertificateEntry(Integer.toString(issuers.size()), issuer);
        }
      }
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(issuers);
      return Stream.of(factory.getTrustManagers())
          .filter(X509ExtendedTrustManager.class::isInstance)
          .map(X509ExtendedTrustManager.class::cast)
          .findFirst()
          .orElseThrow();
    } catch (GeneralSecurityException e) {
      throw new IOException("http.tls.clientcas: cannot use these issuers: " + e.getMessage(), e);
    }
  }

  private X509ExtendedTrustManager current() {
    Instant now = clock.instant();
    if (isDue(now) && checking.tryLock()) {
      try {
        if (isDue(now)) {
          check();
          checked = now;
        }
      } finally {
        checking.unlock();
      }
    }
    return current;
  }

  private boolean isDue(Instant now) {
    // abs: a clock that was set back must not stop the checks.
    return Duration.between(checked, now).abs().compareTo(WatchedIdentity.INTERVAL) >= 0;
  }

  private void check() {
    try {
      List<String> found = texts(files);
      if (!found.equals(texts)) {
        current = manager(files, found);
        texts = found;
        log.info("http.tls.clientcas has changed; using the new issuers of client certificates");
      }
      complaint = null;
    } catch (IOException | RuntimeException e) {
      String message = String.valueOf(e.getMessage());
      if (!message.equals(complaint)) {
        complaint = message;
        log.warn("{}. Still using the earlier issuers", message);
      }
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    current().checkClientTrusted(chain, authType);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    current().checkClientTrusted(chain, authType, socket);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    current().checkClientTrusted(chain, authType, engine);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("These issuers are for clients");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    checkServerTrusted(chain, authType);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    checkServerTrusted(chain, authType);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return current().getAcceptedIssuers();
  }
}
