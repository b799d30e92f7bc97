package dev.cistern.server.http;

import dev.cistern.api.Digest;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A registry on a real loopback socket, down to the bytes under the test's control: it answers what
 * it was given, remembers what it was asked, and knows no other path. One request a connection.
 */
final class FakeUpstream implements Closeable {

  /** Answers one request, on a thread that may block until this upstream is closed. */
  @FunctionalInterface
  interface Handler {
    void answer(Request request, Reply reply) throws IOException, InterruptedException;
  }

  /**
   * What came.
   *
   * @param target path and query
   * @param headers the last of each, whatever the case of its name
   */
  record Request(String method, String target, Map<String, String> headers) {

    String path() {
      int query = target.indexOf('?');
      return query < 0 ? target : target.substring(0, query);
    }

    Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name));
    }

    @Override
    public String toString() {
      return method + " " + target;
    }
  }

  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-");

  private final KeptPort port = new KeptPort();
  private final ServerSocket listener;
  private final ExecutorService threads = Executors.newCachedThreadPool(FakeUpstream::daemon);
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Map<String, Handler> handlers = new ConcurrentHashMap<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();

  private FakeUpstream() throws IOException {
    listener = new ServerSocket(port.number(), 1_000, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  static FakeUpstream start() throws IOException {
    return new FakeUpstream();
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "fake-upstream");
    thread.setDaemon(true);
    return thread;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        sockets.add(socket);
        threads.execute(() -> serve(socket));
      } catch (IOException | RejectedExecutionException e) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      Request request = read(socket);
      if (request == null) {
        return;
      }
      requests.add(request);
      Reply reply = new Reply(socket.getOutputStream(), request.method().equals("HEAD"));
      handlers.getOrDefault(request.path(), FakeUpstream::unknown).answer(request, reply);
    } catch (SocketException e) {
      // The cache left, or this was closed: both are for the test to judge.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      sockets.remove(socket);
    }
  }

  private static @Nullable Request read(Socket socket) throws IOException {
    BufferedReader in =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
    String start = in.readLine();
    if (start == null) {
      return null;
    }
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
      int colon = line.indexOf(':');
      headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
    }
    String[] words = start.split(" ", -1);
    return new Request(words[0], words[1], headers);
  }

  private static void unknown(Request request, Reply reply) throws IOException {
    reply.whole(
        404,
        "{\"errors\":[{\"code\":\"NAME_UNKNOWN\",\"message\":\"not here\"}]}"
            .getBytes(StandardCharsets.UTF_8),
        "Content-Type: application/json");
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + listener.getLocalPort());
  }

  /** From now on, this is how requests for a path are answered. */
  void on(String path, Handler handler) {
    handlers.put(path, handler);
  }

  /** From now on, what is asked of a path is not here: who wants to go on there is refused. */
  void forget(String path) {
    handlers.remove(path);
  }

  /** Has a blob. */
  Digest blob(String repository, byte[] content) {
    Digest digest = Digest.sha256(content);
    on(
        "/v2/" + repository + "/blobs/" + digest,
        (request, reply) -> {
          Matcher range = RANGE.matcher(request.header("Range").orElse(""));
          int from = range.matches() ? Integer.parseInt(range.group(1)) : 0;
          if (from > 0) {
            reply.head(
                206,
                "Content-Length: " + (content.length - from),
                "Content-Range: bytes " + from + "-" + (content.length - 1) + "/" + content.length);
          } else {
            reply.head(200, "Content-Length: " + content.length);
          }
          reply.body(content, from, content.length - from);
        });
    return digest;
  }

  /** Has a blob, and sends as much of it as the tap lets through. */
  Digest blob(String repository, byte[] content, Tap tap) {
    Digest digest = Digest.sha256(content);
    on("/v2/" + repository + "/blobs/" + digest, tapped(content, tap));
    return digest;
  }

  /** Sends headers that promise the content at once, and the content as the tap lets it through. */
  static Handler tapped(byte[] content, Tap tap) {
    return (request, reply) -> {
      reply.head(200, "Content-Length: " + content.length);
      if (request.method().equals("HEAD")) {
        return;
      }
      long sent = 0;
      while (sent < content.length) {
        long end = Math.min(content.length, tap.awaitBeyond(sent));
        if (end <= sent) {
          return;
        }
        reply.body(content, (int) sent, (int) (end - sent));
        sent = end;
      }
    };
  }

  /** Has a manifest, under a tag and under its digest. */
  Digest manifest(String repository, String tag, String contentType, byte[] content) {
    Digest digest = Digest.sha256(content);
    Handler handler =
        (request, reply) ->
            reply.whole(
                200, content, "Content-Type: " + contentType, "Docker-Content-Digest: " + digest);
    on("/v2/" + repository + "/manifests/" + tag, handler);
    on("/v2/" + repository + "/manifests/" + digest, handler);
    return digest;
  }

  /** What was asked for, in the order in which it came. */
  List<Request> requests() {
    return List.copyOf(requests);
  }

  /** How often a method was asked of a path. */
  long count(String method, String path) {
    return requests.stream()
        .filter(request -> request.method().equals(method) && request.path().equals(path))
        .count();
  }

  /** Breaks every connection off, and refuses connections from now on. */
  void goDown() throws IOException {
    listener.close();
    threads.shutdownNow();
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  @Override
  public void close() throws IOException {
    goDown();
    port.close();
  }
}
