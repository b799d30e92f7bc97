package dev.cistern.server.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.api.Digest;
import dev.cistern.server.config.HttpConfig;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blobs over TLS, as they are on the wire (RFC 8446 §5.1). */
class TlsRecordsTest extends ServerTest {

  private static final int MB = 1 << 20;

  /** The handshake's, the headers', and the rest at the end. */
  private static final int OTHER_RECORDS = 16;

  private static final int RECORD_HEADER = 5;

  @TempDir static Path tls;

  private final byte[] content = Samples.bytes(3 * MB, 7);

  @Override
  HttpConfig http() {
    return Https.config(tls, HttpConfig.Http2.DISABLED);
  }

  /** A connection that keeps what came over it. */
  private static final class RecordedSocket extends Socket {

    private final ByteArrayOutputStream received = new ByteArrayOutputStream();

    RecordedSocket(int port) throws IOException {
      super("127.0.0.1", port);
      setSoTimeout((int) RunningServer.DEADLINE.toMillis());
    }

    @Override
    public InputStream getInputStream() throws IOException {
      return new FilterInputStream(super.getInputStream()) {
        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
          int count = super.read(target, offset, length);
          received.write(target, offset, Math.max(0, count));
          return count;
        }
      };
    }

    int records() {
      ByteBuffer bytes = ByteBuffer.wrap(received.toByteArray());
      int count = 0;
      while (bytes.remaining() >= RECORD_HEADER) {
        int length = Short.toUnsignedInt(bytes.getShort(bytes.position() + 3));
        bytes.position(Math.min(bytes.limit(), bytes.position() + RECORD_HEADER + length));
        count++;
      }
      return count;
    }
  }

  @Test
  void aLargeBlobComesInFullRecords() throws IOException {
    Digest digest = upstream.blob(REPOSITORY, content);
    pull(digest);
    awaitStored(digest);

    assertThat(pull(digest)).isLessThan(content.length / 16_000 + OTHER_RECORDS);
  }

  /**
   * @return how many records that took
   */
  private int pull(Digest digest) throws IOException {
    int port = server.address().getPort();
    try (RecordedSocket connection = new RecordedSocket(port);
        SSLSocket client =
            (SSLSocket)
                Https.trusting()
                    .getSocketFactory()
                    .createSocket(connection, "127.0.0.1", port, true)) {
      String request =
          "GET " + blobPath(digest) + " HTTP/1.1\r\nHost: cache\r\nConnection: close\r\n\r\n";
      client.getOutputStream().write(request.getBytes(US_ASCII));
      byte[] answer = client.getInputStream().readAllBytes();
      assertThat(new String(answer, 0, 15, US_ASCII)).isEqualTo("HTTP/1.1 200 OK");
      assertThat(answer).endsWith(content);
      return connection.records();
    }
  }
}
