package dev.cistern.proxy.upstream.http;

import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.upstream.Upstream;
import java.net.InetAddress;
import java.util.List;
import java.util.function.UnaryOperator;
import okhttp3.OkHttpClient;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;

/**
 * Certificates for any host of a test, and a client that trusts them and finds every host on the
 * loopback.
 */
final class TestTls {

  private static final HeldCertificate CERTIFICATE =
      new HeldCertificate.Builder()
          .addSubjectAlternativeName("*.docker.io")
          .addSubjectAlternativeName("*.example.com")
          .addSubjectAlternativeName("*.evil.example")
          .addSubjectAlternativeName("localhost")
          .build();

  static final HandshakeCertificates SERVER =
      new HandshakeCertificates.Builder().heldCertificate(CERTIFICATE).build();

  private static final HandshakeCertificates CLIENT =
      new HandshakeCertificates.Builder().addTrustedCertificate(CERTIFICATE.certificate()).build();

  private TestTls() {}

  static UnaryOperator<OkHttpClient.Builder> client() {
    return builder ->
        builder
            .sslSocketFactory(CLIENT.sslSocketFactory(), CLIENT.trustManager())
            .dns(host -> List.of(InetAddress.getLoopbackAddress()));
  }

  static Upstream connect(UpstreamConfig config) {
    return Upstreams.connect(config, CacheListener.NONE, client());
  }
}
