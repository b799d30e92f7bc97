package dev.cistern.server.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import okhttp3.tls.HandshakeCertificates;

/** One connection over the loopback, and what the client saw of the server. */
final class Handshake {

  private static final int DEADLINE_MILLIS = 20_000;

  private Handshake() {}

  static SSLContext trusting(X509Certificate root) {
    return new HandshakeCertificates.Builder().addTrustedCertificate(root).build().sslContext();
  }

  /**
   * The chain that the server showed to a client that trusts this root. A byte goes there and back,
   * so that both sides have accepted the handshake.
   */
  static List<Certificate> chain(SSLContext server, X509Certificate root, String protocol)
      throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (SSLServerSocket listener =
        (SSLServerSocket) server.getServerSocketFactory().createServerSocket(0, 1, loopback)) {
      listener.setSoTimeout(DEADLINE_MILLIS);
      CompletableFuture<Void> echoed = CompletableFuture.runAsync(() -> echoOne(listener));
      List<Certificate> shown;
      try (SSLSocket client =
          (SSLSocket)
              trusting(root).getSocketFactory().createSocket(loopback, listener.getLocalPort())) {
        client.setSoTimeout(DEADLINE_MILLIS);
        client.setEnabledProtocols(new String[] {protocol});
        client.getOutputStream().write(42);
        if (client.getInputStream().read() != 42) {
          throw new AssertionError("the byte did not come back");
        }
        shown = List.of(client.getSession().getPeerCertificates());
      }
      echoed.get(DEADLINE_MILLIS, TimeUnit.MILLISECONDS);
      return shown;
    }
  }

  private static void echoOne(SSLServerSocket listener) {
    try (SSLSocket socket = (SSLSocket) listener.accept()) {
      socket.setSoTimeout(DEADLINE_MILLIS);
      socket.getOutputStream().write(socket.getInputStream().read());
      // The client closes first: a side that does waits for the answer of the other.
      if (socket.getInputStream().read() != -1) {
        throw new AssertionError("more than one byte arrived");
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
