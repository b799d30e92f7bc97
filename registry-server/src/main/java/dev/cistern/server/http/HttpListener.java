package dev.cistern.server.http;

import dev.cistern.server.config.HttpConfig;
import dev.cistern.server.tls.TlsContext;
import io.undertow.server.HttpHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;

/** The socket that clients reach, with or without TLS, as {@code http} describes it. */
public final class HttpListener implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(HttpListener.class);

  /** How often to look for connections that are overdue. */
  private static final Duration SWEEP = Duration.ofSeconds(1);

  /** How long work that hangs in storage may hold up the end, once requests have had their time. */
  private static final Duration WORK_TIMEOUT = Duration.ofSeconds(1);

  /** How often to look whether requests have ended, once the server is stopping. */
  private static final Duration LOOK = Duration.ofMillis(50);

  /** How long to wait then for requests that are arriving, on connections without another one. */
  private static final Duration ARRIVAL = Duration.ofSeconds(1);

  private final XnioWorker worker;
  private final AcceptingChannel<? extends StreamConnection> socket;
  private final OpenConnections connections;
  private final RequestsInProgress requests;
  private final Duration drainTimeout;
  private boolean closed; // guarded by this

  private HttpListener(
      XnioWorker worker,
      AcceptingChannel<? extends StreamConnection> socket,
      OpenConnections connections,
      RequestsInProgress requests,
      Duration drainTimeout) {
    this.worker = worker;
    this.socket = socket;
    this.connections = connections;
    this.requests = requests;
    this.drainTimeout = drainTimeout;
  }

  /**
   * Starts to listen.
   *
   * @throws IOException when the TLS files or the address cannot be used; the message is for the
   *     operator
   */
  public static HttpListener start(HttpConfig config, HttpHandler handler) throws IOException {
    InetSocketAddress address = config.addr().socketAddress();
    if (address.isUnresolved()) {
      throw new IOException("http.addr: there is no host named " + address.getHostString());
    }
    Optional<SSLContext> tls =
        config.tls().isPresent()
            ? Optional.of(TlsContext.of(config.tls().get()))
            : Optional.empty();
    Capacity capacity = Capacity.ofProcess();
    OpenConnections connections =
        new OpenConnections(
            config.limits(),
            capacity.connections(config),
            capacity.unfinishedRequests(),
            System::nanoTime);
    RequestsInProgress requests = new RequestsInProgress(handler);
    Protocols protocols =
        new Protocols(
            config,
            connections,
            capacity,
            new ClientLimits(config.limits(), capacity, connections, requests));
    XnioWorker worker = worker();
    boolean started = false;
    try {
      Acceptor acceptor = new Acceptor(connections, protocols.listener());
      AcceptingChannel<? extends StreamConnection> socket =
          tls.isPresent()
              ? protocols.listen(worker, acceptor, tls.get())
              : protocols.listen(worker, acceptor);
      socket.resumeAccepts();
      worker
          .getIoThread()
          .executeAtInterval(connections::closeOverdue, SWEEP.toMillis(), TimeUnit.MILLISECONDS);
      for (int i = 0; i < worker.getIoThreadCount(); i++) {
        worker
            .getIoThread(i)
            .executeAtInterval(BoundedBuffers::giveBack, SWEEP.toMillis(), TimeUnit.MILLISECONDS);
      }
      started = true;
      return new HttpListener(worker, socket, connections, requests, config.drainTimeout());
    } catch (IOException | RuntimeException e) {
      throw ListenFailure.of("http.addr", config.addr(), e);
    } finally {
      if (!started) {
        worker.shutdownNow();
      }
    }
  }

  /** As Undertow's own builder has it. */
  private static XnioWorker worker() throws IOException {
    int ioThreads = Math.max(Runtime.getRuntime().availableProcessors(), 2);
    return Xnio.getInstance(HttpListener.class.getClassLoader())
        .createWorker(
            OptionMap.builder()
                .set(Options.WORKER_IO_THREADS, ioThreads)
                .set(Options.WORKER_TASK_CORE_THREADS, ioThreads * 8)
                .set(Options.WORKER_TASK_MAX_THREADS, ioThreads * 8)
                .set(Options.TCP_NODELAY, true)
                .getMap());
  }

  /** How many connections of clients are open. */
  public int openConnections() {
    return connections.count();
  }

  /** The address that is listened on, with the real port where the configuration left it open. */
  public InetSocketAddress address() {
    return socket.getLocalAddress(InetSocketAddress.class);
  }

  /**
   * Stops listening, lets the requests in progress end for the configured time, and stops. Clients
   * are asked to use these connections for no more requests, by {@code Connection: close} (RFC 9112
   * §9.6) and by GOAWAY (RFC 9113 §6.8); connections without a request are closed at once. Closing
   * it again only waits for that: a socket of a worker that has ended cannot be closed.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    requests.stop();
    IoUtils.safeClose(socket);
    drain();
    requests.cutOff();
    worker.shutdownNow();
    try {
      if (!worker.awaitTermination(WORK_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("Requests were still in progress after the listener was closed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void drain() {
    long start = System.nanoTime();
    long grace = Math.min(ARRIVAL.toNanos(), drainTimeout.toNanos());
    while (true) {
      boolean arriving = connections.drain();
      long inProgress = requests.count();
      long waited = System.nanoTime() - start;
      if (inProgress == 0 && (!arriving || waited >= grace)) {
        return;
      }
      if (waited >= drainTimeout.toNanos()) {
        log.warn(
            "Cut off {} still in progress after {} s (http.draintimeout)",
            inProgress == 1 ? "1 request that was" : inProgress + " requests that were",
            drainTimeout.toSeconds());
        return;
      }
      if (Thread.currentThread().isInterrupted()) {
        return;
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }
}
