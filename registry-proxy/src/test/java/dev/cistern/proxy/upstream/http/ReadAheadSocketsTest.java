package dev.cistern.proxy.upstream.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReadAheadSocketsTest {

  private final ReadAheadSockets sockets = new ReadAheadSockets();
  private final ServerSocket listening;
  private Socket here;
  private Socket there;

  ReadAheadSocketsTest() throws IOException {
    listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    here = sockets.createSocket();
    there = new Socket();
  }

  @BeforeEach
  void connect() throws IOException {
    here = sockets.createSocket(listening.getInetAddress(), listening.getLocalPort());
    there = listening.accept();
  }

  @AfterEach
  void close() throws IOException {
    here.close();
    there.close();
    listening.close();
  }

  @Test
  void allReadersUseTheSameBuffer() throws IOException {
    there.getOutputStream().write(new byte[] {1, 2, 3});
    there.shutdownOutput();

    assertThat(here.getInputStream().read()).isEqualTo(1);
    assertThat(here.getInputStream().read()).isEqualTo(2);
    assertThat(here.getInputStream().readAllBytes()).containsExactly(3);
  }

  @Test
  void aTimeoutLosesNothing() throws IOException {
    here.setSoTimeout(1);
    InputStream input = here.getInputStream();
    assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(input::read);

    here.setSoTimeout(0);
    there.getOutputStream().write(7);

    assertThat(input.read()).isEqualTo(7);
  }

  @Test
  void whatIsClosedCannotBeRead() throws IOException {
    InputStream input = here.getInputStream();
    here.close();

    assertThatIOException().isThrownBy(input::read);
    assertThatIOException().isThrownBy(here::getInputStream);
  }

  @Test
  void whatIsNotConnectedHasNoStream() throws IOException {
    try (Socket unconnected = sockets.createSocket()) {
      assertThatIOException().isThrownBy(unconnected::getInputStream);
    }
  }
}
