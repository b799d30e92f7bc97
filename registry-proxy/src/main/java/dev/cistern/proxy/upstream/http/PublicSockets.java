package dev.cistern.proxy.upstream.http;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.function.Predicate;
import javax.net.SocketFactory;

/**
 * Makes sockets that do not connect to private addresses. The address is checked when it is
 * dialled, so it does not matter which name led to it, or what that name resolved to before.
 */
final class PublicSockets extends SocketFactory {

  private final Predicate<InetAddress> isPrivate;

  PublicSockets(Predicate<InetAddress> isPrivate) {
    this.isPrivate = isPrivate;
  }

  @Override
  public Socket createSocket() {
    return new ReadAheadSockets.ReadAheadSocket() {
      @Override
      public void connect(SocketAddress address, int timeout) throws IOException {
        if (address instanceof InetSocketAddress dialled
            && (dialled.isUnresolved() || isPrivate.test(dialled.getAddress()))) {
          throw new PrivateAddressException(dialled.getHostString() + " has a private address");
        }
        super.connect(address, timeout);
      }
    };
  }

  @Override
  public Socket createSocket(String host, int port) {
    throw unsupported();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
    throw unsupported();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) {
    throw unsupported();
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) {
    throw unsupported();
  }

  private static UnsupportedOperationException unsupported() {
    return new UnsupportedOperationException("the HTTP client connects the socket itself");
  }
}
