package dev.cistern.proxy.testing;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * A loopback port kept for one test. It refuses connections, except while a server of the test
 * listens on it with {@code SO_REUSEADDR}; no other process gets it.
 */
public final class KeptPort implements Closeable {

  private final Socket bound = new Socket();

  private KeptPort() throws IOException {
    bound.setReuseAddress(true);
    bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  public static KeptPort open() {
    try {
      return new KeptPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int number() {
    return bound.getLocalPort();
  }

  /** The address, {@code 127.0.0.1:<port>}. */
  public String address() {
    return "127.0.0.1:" + number();
  }

  @Override
  public void close() {
    try {
      bound.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
