package dev.cistern.server.http;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.ChannelListener;
import org.xnio.ChannelListeners;
import org.xnio.StreamConnection;
import org.xnio.XnioIoThread;
import org.xnio.channels.AcceptingChannel;

/**
 * Takes connections from a listening socket, and hands on those that are admitted.
 *
 * <p>An I/O thread looks at the connections that it has only when it has no task, and each new
 * connection is one. So when thousands arrive at once, some are begun, and then it is the turn of
 * those that are open: of clients that ask for more, and of those that have left.
 */
final class Acceptor implements ChannelListener<AcceptingChannel<? extends StreamConnection>> {

  private static final Logger log = LoggerFactory.getLogger(Acceptor.class);

  /** How many are begun in one turn. */
  private static final int AT_ONCE = 64;

  /** The thread looks at its connections meanwhile. */
  private static final long PAUSE_MILLIS = 1;

  private final OpenConnections connections;
  private final ChannelListener<StreamConnection> protocol;

  // Each is used by its thread alone.
  private final Map<XnioIoThread, Arrivals> arrivals = new ConcurrentHashMap<>();

  Acceptor(OpenConnections connections, ChannelListener<StreamConnection> protocol) {
    this.connections = connections;
    this.protocol = protocol;
  }

  @Override
  public void handleEvent(AcceptingChannel<? extends StreamConnection> socket) {
    try {
      for (StreamConnection connection = socket.accept();
          connection != null;
          connection = socket.accept()) {
        if (connections.admit(connection)) {
          arrivals.computeIfAbsent(connection.getIoThread(), Arrivals::new).add(connection);
        }
      }
    } catch (IOException e) {
      log.warn("Could not accept a connection: {}", e.toString());
    }
  }

  /** The connections of a thread that are not begun yet. */
  private final class Arrivals {

    private final XnioIoThread thread;
    private final Queue<StreamConnection> waiting = new ArrayDeque<>();
    private int begun;

    Arrivals(XnioIoThread thread) {
      this.thread = thread;
    }

    void add(StreamConnection connection) {
      if (begun == AT_ONCE) {
        waiting.add(connection);
      } else {
        begin(connection);
      }
    }

    private void begin(StreamConnection connection) {
      begun++;
      if (begun == AT_ONCE) {
        thread.executeAfter(this::nextTurn, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
      }
      // Catches what it throws: those behind it are begun in any case.
      ChannelListeners.invokeChannelListener(connection, protocol);
    }

    private void nextTurn() {
      begun = 0;
      while (begun < AT_ONCE && !waiting.isEmpty()) {
        StreamConnection next = waiting.remove();
        // One that was closed to make room takes no turn: a flood would fill the queue with them.
        if (next.isOpen()) {
          begin(next);
        }
      }
    }
  }
}
