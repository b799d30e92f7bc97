package dev.cistern.proxy.upstream.http;

import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import okhttp3.Call;
import okhttp3.Connection;
import okhttp3.EventListener;
import okhttp3.Interceptor;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Tells the {@link AnswerStream} of an HTTP/1.1 connection where answers begin and end, from the
 * same headers by which the HTTP client reads them. HTTP/2 has frames of its own for this.
 */
final class AnswerEnds implements Interceptor, EventListener.Factory {

  /** A socket that was made by {@link ReadAheadSockets} or {@link CutTlsSockets}. */
  interface CutSocket {

    AnswerStream answers() throws IOException;

    /** Whether bytes are received that are not decrypted yet. */
    boolean hasUndecrypted() throws IOException;
  }

  private AnswerEnds() {}

  /** Makes a client that cuts answers, with the settings of the given one. */
  static OkHttpClient applyTo(OkHttpClient client) {
    AnswerEnds ends = new AnswerEnds();
    return client
        .newBuilder()
        .sslSocketFactory(
            new CutTlsSockets(client.sslSocketFactory()),
            Objects.requireNonNull(client.x509TrustManager()))
        .addNetworkInterceptor(ends)
        .eventListenerFactory(ends)
        .build();
  }

  /**
   * Before a request is sent, nothing may be left of the last answer. The request's tag gets the
   * address of the connection.
   */
  @Override
  public Response intercept(Chain chain) throws IOException {
    Optional<CutSocket> socket = socketOf(chain.connection());
    if (socket.isPresent()) {
      begin(socket.get());
    }
    Connection connection = chain.connection();
    Dialled dialled = chain.request().tag(Dialled.class);
    if (connection != null && dialled != null) {
      dialled.set(connection.route());
    }
    return chain.proceed(chain.request());
  }

  private static void begin(CutSocket socket) throws IOException {
    AnswerStream answers;
    try {
      answers = socket.answers();
      if (answers.isUsed() && socket.hasUndecrypted()) {
        throw new SpoiledConnectionException("the server sent more than its last answer");
      }
    } catch (SpoiledConnectionException e) {
      throw e;
    } catch (IOException e) {
      SpoiledConnectionException closed = new SpoiledConnectionException("it is closed");
      closed.initCause(e);
      throw closed;
    }
    answers.begin();
  }

  @Override
  public EventListener create(Call call) {
    return new Headers();
  }

  /** The events of one call. */
  private static final class Headers extends EventListener {

    private @Nullable Connection connection;

    @Override
    public void connectionAcquired(Call call, Connection acquired) {
      connection = acquired;
    }

    /** Called before the body is opened, so that no other call has the connection yet. */
    @Override
    public void responseHeadersEnd(Call call, Response answer) {
      Optional<CutSocket> socket = socketOf(connection);
      BodyReader.Tag reader = answer.request().tag(BodyReader.Tag.class);
      if (reader != null) {
        // The client may have sent the request before, and got an answer that it did not use.
        reader.clear();
      }
      if (socket.isPresent()) {
        try {
          announce(socket.get().answers(), answer);
        } catch (IOException e) {
          // The call was cancelled and its socket closed: reading the body fails.
        }
      }
    }
  }

  private static Optional<CutSocket> socketOf(@Nullable Connection connection) {
    return connection != null
            && connection.protocol() != Protocol.HTTP_2
            && connection.socket() instanceof CutSocket socket
        ? Optional.of(socket)
        : Optional.empty();
  }

  /** By the rules of the HTTP client; they must agree. */
  private static void announce(AnswerStream answers, Response answer) {
    Request request = answer.request();
    boolean chunked = "chunked".equalsIgnoreCase(answer.header("Transfer-Encoding"));
    long length = length(answer.header("Content-Length"));
    boolean noBody = answer.code() == 204 || answer.code() == 304;
    if (request.method().equals("HEAD") || (noBody && !chunked && length <= 0)) {
      answers.noBody();
    } else if (chunked) {
      answers.chunkedBody();
    } else if (length >= 0) {
      answers.body(length);
      BodyReader.Tag reader = request.tag(BodyReader.Tag.class);
      if (reader != null) {
        reader.set(answers, length);
      }
    } else {
      answers.bodyUntilClose();
    }
  }

  private static long length(@Nullable String header) {
    try {
      return header == null ? -1 : Long.parseLong(header);
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
