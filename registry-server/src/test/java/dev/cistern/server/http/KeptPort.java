package dev.cistern.server.http;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * A loopback port kept for one test. It refuses connections, except while a server of the test
 * listens on it with {@code SO_REUSEADDR}; nobody else gets it.
 */
final class KeptPort implements Closeable {

  private final Socket bound = new Socket();

  KeptPort() throws IOException {
    bound.setReuseAddress(true);
    bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  int number() {
    return bound.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    bound.close();
  }
}
