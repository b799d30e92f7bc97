package dev.cistern.proxy.internal.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.internal.concurrent.CacheThreads;
import dev.cistern.proxy.peer.Peers;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeListTest {

  private static final String SECRET = "sixteen letters!";

  private final CacheThreads threads = new CacheThreads("nodes-test");
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final Queue<Object> answers = new ArrayDeque<>();
  private final OneTask names = new OneTask();
  private @Nullable PeerHttp http;

  @AfterEach
  void close() {
    timer.shutdownNow();
    names.shutdownNow();
    if (http != null) {
      http.close();
    }
    threads.close();
  }

  private NodeList nodes(Peers peers) {
    PeerHttp client = new PeerHttp(peers, threads.threads("http"));
    http = client;
    NodeList nodes =
        new NodeList(
            peers,
            client,
            timer,
            names,
            host -> {
              assertThat(host).isEqualTo("cistern-headless");
              Object answer = answers.remove();
              if (answer instanceof UnknownHostException failure) {
                throw failure;
              }
              return (InetAddress[]) answer;
            },
            InstantSource.system());
    nodes.start();
    return nodes;
  }

  private static Peers named() {
    // No server listens on port 1 of these addresses.
    return Peers.named(Peers.address("cistern-headless:1"), SECRET)
        .self(URI.create("http://127.0.0.2:1"))
        .build();
  }

  private void resolvesTo(String... addresses) throws UnknownHostException {
    InetAddress[] all = new InetAddress[addresses.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = InetAddress.getByName(addresses[i]);
    }
    answers.add(all);
  }

  @Test
  void aNameIsResolvedAgainAndAgain() throws UnknownHostException {
    NodeList nodes = nodes(named());
    assertThat(nodes.nodes()).isEmpty();

    resolvesTo("127.0.0.2", "127.0.0.3");
    names.run();
    assertThat(nodes.nodes()).extracting(Peer::name).containsExactly("127.0.0.2:1", "127.0.0.3:1");
    assertThat(nodes.nodes().get(0).isSelf()).isTrue();
    Peer before = nodes.nodes().get(1);

    resolvesTo("127.0.0.3", "127.0.0.4", "::1");
    names.run();
    assertThat(nodes.nodes())
        .extracting(Peer::name)
        .containsExactly("127.0.0.3:1", "127.0.0.4:1", "[0:0:0:0:0:0:0:1]:1");
    assertThat(nodes.nodes().get(0)).isSameAs(before);
  }

  @Test
  void theLastAnswerStaysWhenDnsFails() throws UnknownHostException {
    NodeList nodes = nodes(named());
    resolvesTo("127.0.0.2", "127.0.0.3");
    names.run();
    List<Peer> before = nodes.nodes();

    answers.add(new UnknownHostException("cistern-headless"));
    names.run();

    assertThat(nodes.nodes()).isEqualTo(before);
  }

  @Test
  void aListIsAsItIs() {
    NodeList nodes =
        nodes(
            Peers.at(
                    List.of(Peers.address("127.0.0.2:1"), Peers.address("https://127.0.0.3:1")),
                    SECRET)
                .build());

    assertThat(nodes.nodes())
        .extracting(peer -> peer.address().toString())
        .containsExactly("http://127.0.0.2:1", "https://127.0.0.3:1");
    assertThat(nodes.nodes()).noneMatch(Peer::isAlive);
  }

  /** Keeps one repeated task, which the test runs. */
  private static final class OneTask extends ScheduledThreadPoolExecutor {

    private Runnable task = () -> {};

    OneTask() {
      super(1);
    }

    void run() {
      task.run();
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(
        Runnable repeated, long initialDelay, long delay, TimeUnit unit) {
      task = repeated;
      return super.schedule(() -> {}, 1, TimeUnit.DAYS);
    }
  }
}
