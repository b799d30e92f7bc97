package dev.cistern.proxy.internal.cluster;

import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.peer.Peers;
import java.net.URI;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/** A peer whose server is a test's own, and what is needed to ask it. */
final class FakePeer implements AutoCloseable {

  private final CacheThreads threads = new CacheThreads("fake-peer");
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final PeerHttp http;
  private final Peer peer;

  /**
   * @param port of the server, on this machine
   */
  FakePeer(int port) {
    String address = "127.0.0.1:" + port;
    http =
        new PeerHttp(
            Peers.named(Peers.address(address), "sixteen letters!").build(),
            threads.threads("http"));
    peer =
        new Peer(
            URI.create("http://" + address), Peer.State.ALIVE, http, timer, InstantSource.system());
  }

  Peer peer() {
    return peer;
  }

  PeerHttp http() {
    return http;
  }

  @Override
  public void close() {
    timer.shutdownNow();
    http.close();
    threads.close();
  }
}
