package dev.cistern.proxy.upstream.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes sockets that read all received bytes from the kernel at once, up to {@value #BUFFER} bytes.
 * OkHttp reads 8 KiB at a time, and TLS reads the header of a record and then the record.
 */
final class ReadAheadSockets extends SocketFactory {

  private static final int BUFFER = 64 * 1024;

  /** Not connected yet. */
  static class ReadAheadSocket extends Socket implements AnswerEnds.CutSocket {

    private @Nullable AnswerStream input;

    @Override
    public void connect(SocketAddress endpoint, int timeout) throws IOException {
      try {
        super.connect(endpoint, timeout);
      } catch (SocketTimeoutException e) {
        throw new ConnectTimeoutException(e);
      }
    }

    @Override
    public InputStream getInputStream() throws IOException {
      return answers();
    }

    @Override
    public synchronized AnswerStream answers() throws IOException {
      // Throws until the socket is connected; afterwards all callers get the same stream.
      InputStream raw = super.getInputStream();
      if (input == null) {
        input = new AnswerStream(raw, BUFFER, System::nanoTime);
      }
      return input;
    }

    @Override
    public boolean hasUndecrypted() {
      return false;
    }
  }

  @Override
  public Socket createSocket() {
    return new ReadAheadSocket();
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return connect(new InetSocketAddress(host, port), null);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return connect(new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return connect(new InetSocketAddress(host, port), null);
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return connect(new InetSocketAddress(host, port), new InetSocketAddress(localHost, localPort));
  }

  private static Socket connect(InetSocketAddress address, @Nullable InetSocketAddress local)
      throws IOException {
    Socket socket = new ReadAheadSocket();
    try {
      socket.bind(local);
      socket.connect(address);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }
}
