package dev.cistern.proxy.upstream.http;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import okhttp3.Call;
import okhttp3.HttpUrl;
import okhttp3.Request;
import okhttp3.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One answer whose status and headers are received, and whose body can be read. One thread reads;
 * any thread may cancel.
 */
final class Exchange implements Closeable {

  private static final Logger log = LoggerFactory.getLogger(Exchange.class);

  private static final int BUFFER = 16 * 1024;

  private final Call call;
  private final Response response;
  private final Deadline deadline;
  private final StallWatch stalls;
  private final OpenCalls calls;
  private final BodyReader body;

  /** Owns its arguments. */
  Exchange(Call call, Response response, Deadline deadline, StallWatch stalls, OpenCalls calls) {
    this.call = call;
    this.response = response;
    this.deadline = deadline;
    this.stalls = stalls;
    this.calls = calls;
    body = new BodyReader(response.body().source(), response.request().tag(BodyReader.Tag.class));
  }

  int status() {
    return response.code();
  }

  Request request() {
    return response.request();
  }

  HttpUrl url() {
    return request().url();
  }

  /** The host that answers, with its port, if a redirect led to another one than the first. */
  Optional<String> redirectedTo() {
    return Optional.ofNullable(request().tag(RedirectLoop.RedirectedFrom.class))
        .filter(from -> !Origins.same(from.first(), url()))
        .map(from -> Origins.name(url()));
  }

  /** The address that sent the answer; empty when an HTTP proxy resolved its name. */
  Optional<InetAddress> address() {
    return Optional.ofNullable(request().tag(Dialled.class)).flatMap(Dialled::address);
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(response.header(name)).map(String::strip).filter(v -> !v.isEmpty());
  }

  List<String> headers(String name) {
    return response.headers(name);
  }

  /** The announced length of the body; for HEAD, of the body that GET would have. */
  OptionalLong contentLength() {
    String value = header("Content-Length").orElse("");
    try {
      long length = value.matches("[0-9]{1,19}") ? Long.parseLong(value) : -1;
      return length < 0 ? OptionalLong.empty() : OptionalLong.of(length);
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  int read(byte[] buffer, int offset, int length) throws IOException {
    stalls.begin();
    try {
      return body.read(buffer, offset, length);
    } catch (IOException e) {
      throw attributed(
          explain(Secrets.sentWith(request()).redactFrom(stalls.explain(e)), call, deadline));
    } catch (RuntimeException e) {
      cancel();
      throw attributed(unreadable(e));
    } finally {
      stalls.end();
    }
  }

  private IOException attributed(IOException failure) {
    Optional<String> other = redirectedTo();
    return other.isEmpty() || failure instanceof CallEndedException
        ? failure
        : new HostFailure(other.get(), failure);
  }

  /**
   * The client could not read an answer, and throws what it throws for errors of its caller. What
   * an upstream sends is no error of this program. The message of the cause may repeat what was
   * sent, and credentials with it, so it is left out.
   */
  static IOException unreadable(RuntimeException cause) {
    ProtocolException failure =
        new ProtocolException(
            "its answer cannot be read (" + cause.getClass().getSimpleName() + ")");
    failure.setStackTrace(cause.getStackTrace());
    return failure;
  }

  /**
   * The whole body.
   *
   * @throws IOException also when the body is larger than the limit
   */
  byte[] readAll(long limit) throws IOException {
    long declared = contentLength().orElse(0);
    byte[] bytes = declared > limit ? new byte[0] : readUpTo(limit + 1);
    if (declared > limit || bytes.length > limit) {
      cancel();
      throw new ProtocolException("its answer is larger than the limit of " + limit + " bytes");
    }
    return bytes;
  }

  /** The first bytes of the body, or all of it when it is shorter. */
  byte[] readUpTo(long limit) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] buffer = new byte[BUFFER];
    while (bytes.size() < limit) {
      int n = read(buffer, 0, (int) Math.min(buffer.length, limit - bytes.size()));
      if (n < 0) {
        break;
      }
      bytes.write(buffer, 0, n);
    }
    return bytes.toByteArray();
  }

  /** The beginning of the body, within the given time. */
  byte[] excerpt(int limit, Duration within) throws IOException {
    Deadline soon = Deadline.start(call, within);
    try {
      return readUpTo(limit);
    } finally {
      soon.stop();
    }
  }

  void cancel() {
    call.cancel();
  }

  /**
   * Ends the call. Reads the rest of a nearly complete body, so that the connection can be reused.
   */
  @Override
  public void close() {
    try {
      response.close();
    } catch (RuntimeException e) {
      // From reading the rest; it is not needed, but the connection must not be reused.
      log.debug("Could not read the rest of an answer of {}", url().host(), e);
      cancel();
    } finally {
      deadline.stop();
      stalls.stop();
      calls.remove(call);
    }
  }

  static IOException explain(IOException failure, Call call, Deadline deadline) {
    IOException explained = deadline.explain(failure);
    // A socket timeout may happen at the same moment as the deadline that cancels the call.
    return call.isCanceled() && !(explained instanceof SocketTimeoutException)
        ? new CallEndedException("the call was cancelled")
        : explained;
  }
}
