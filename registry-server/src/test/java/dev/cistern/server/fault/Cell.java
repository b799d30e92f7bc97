package dev.cistern.server.fault;

import dev.cistern.proxy.policy.FreshnessPolicy;
import dev.cistern.proxy.policy.RangeFetch;
import dev.cistern.proxy.policy.RetryPolicy;
import dev.cistern.server.CustomServer;
import dev.cistern.server.RegistryServer;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import javax.net.ServerSocketFactory;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;

/** A cache of its own for one fault, and an upstream that has it. */
final class Cell {

  private static final ServerSocketFactory SELF_SIGNED =
      new HandshakeCertificates.Builder()
          .heldCertificate(
              new HeldCertificate.Builder().addSubjectAlternativeName("127.0.0.1").build())
          .build()
          .sslContext()
          .getServerSocketFactory();

  private static final RetryPolicy FEW_RETRIES =
      new RetryPolicy(3, Duration.ofMillis(5), Duration.ofMillis(20));

  private final Fault fault;
  private final List<String> causes;
  private final Path scratch;

  /**
   * @param causes one of which errors must name
   * @param scratch a directory of its own
   */
  Cell(Fault fault, List<String> causes, Path scratch) {
    this.fault = fault;
    this.causes = causes;
    this.scratch = scratch;
  }

  /** Asks, and says what came. */
  String ask(Question question) throws IOException {
    try (Upstream upstream = new Upstream()) {
      MemoryDriver driver = new MemoryDriver();
      if (question.cached()) {
        Sample.store(driver, scratch);
      }
      return ask(upstream, driver, question);
    }
  }

  private String ask(Upstream upstream, MemoryDriver driver, Question question) throws IOException {
    try (RegistryServer server = start(upstream, driver, question.rangeFetch())) {
      return new Outcome(question, upstream.name, causes).of(reply(server, question));
    }
  }

  /** Asks for all that can be had by digest, of a cache that has it, and says what came. */
  String askForWhatIsCached() throws IOException {
    try (Upstream upstream = new Upstream()) {
      MemoryDriver driver = new MemoryDriver();
      Sample.store(driver, scratch);
      StringJoiner outcomes = new StringJoiner(", ");
      try (RegistryServer server = start(upstream, driver, RangeFetch.WHOLE)) {
        for (Question question : Question.BY_DIGEST) {
          outcomes.add(new Outcome(question, upstream.name, causes).of(reply(server, question)));
        }
      }
      boolean served = outcomes.toString().equals("200, 200, 200, 206, 200");
      return !served || upstream.asked() ? outcomes + " asking " + upstream.asked() : "served";
    }
  }

  private RegistryServer start(Upstream upstream, MemoryDriver driver, RangeFetch ranges)
      throws IOException {
    return CustomServer.start(
        upstream.url,
        Map.of(),
        cache ->
            cache
                .upstream(fault.pace().upstream(upstream.url))
                .storage(driver)
                .spoolDirectory(scratch)
                .retries(FEW_RETRIES)
                .rangeFetch(ranges)
                .freshness(new FreshnessPolicy(Duration.ZERO, fault.pace().staleAfter())));
  }

  private static Reply reply(RegistryServer server, Question question) throws IOException {
    return Reply.to(server.address(), question.method(), question.path(), question.headers());
  }

  /** Where the cache is told to find its upstream. */
  private final class Upstream implements AutoCloseable {

    private final List<AutoCloseable> closed;
    private final FaultyRegistry registry;
    final String name;
    final String url;

    Upstream() throws IOException {
      // A port that is taken and not listened on, so connections are refused.
      Socket taken = new Socket();
      taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      registry =
          fault.place() == Fault.Place.HTTPS
              ? FaultyRegistry.start(SELF_SIGNED, 0, fault.script())
              : FaultyRegistry.start(fault.script());
      closed = List.of(taken, registry);
      name =
          switch (fault.place()) {
            case HTTP, HTTPS -> registry.name();
            case NOT_LISTENING -> "127.0.0.1:" + taken.getLocalPort();
            case NO_NAME -> "registry.invalid";
          };
      url = (fault.place() == Fault.Place.HTTPS ? "https://" : "http://") + name;
    }

    boolean asked() {
      return !registry.asks().isEmpty();
    }

    @Override
    public void close() throws IOException {
      try {
        for (AutoCloseable each : closed) {
          each.close();
        }
      } catch (IOException e) {
        throw e;
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
  }
}
