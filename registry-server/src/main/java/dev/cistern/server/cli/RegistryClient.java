package dev.cistern.server.cli;

import dev.cistern.api.Descriptor;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.ImageSource;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.proxy.upstream.UpstreamManifest;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;

/**
 * Requests images from a running server, as every client does, and verifies and discards the bytes.
 * The HTTP client blocks, so each request in progress has one of a few threads.
 */
final class RegistryClient implements ImageSource, AutoCloseable {

  private static final int THREADS = 4;
  private static final int BUFFER = 64 << 10;

  /** The work of a thread. */
  @FunctionalInterface
  private interface Call<T> {
    T call() throws RegistryException;
  }

  private final Upstream server;
  private final ExecutorService threads;

  /**
   * @param server closed with this
   */
  RegistryClient(Upstream server) {
    this.server = server;
    AtomicInteger count = new AtomicInteger();
    threads =
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              Thread thread = new Thread(task, "cistern-warm-" + count.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
  }

  @Override
  public CompletionStage<Received> manifest(
      RepositoryName repository, Reference reference, Requester requester) {
    return start(
        requester,
        "manifest " + reference,
        () -> {
          UpstreamManifest manifest = server.manifest(repository, reference);
          return new Received(manifest.digest(), manifest.body(), Optional.empty());
        });
  }

  @Override
  public CompletionStage<Origin> blob(
      RepositoryName repository, Descriptor blob, Requester requester, LongConsumer received) {
    return start(
        requester,
        "blob " + blob.digest(),
        () -> {
          read(repository, blob, requester, received);
          return Origin.UNKNOWN;
        });
  }

  private void read(
      RepositoryName repository, Descriptor blob, Requester requester, LongConsumer received)
      throws RegistryException {
    MessageDigest hash = blob.digest().algorithm().newMessageDigest();
    byte[] buffer = new byte[BUFFER];
    long position = 0;
    try (UpstreamBlob body = server.blob(repository, blob.digest())) {
      for (int n = body.read(buffer, 0, BUFFER); n >= 0; n = body.read(buffer, 0, BUFFER)) {
        requireWaiting(requester);
        hash.update(buffer, 0, n);
        position += n;
        received.accept(position);
      }
    }
    if (!HexFormat.of().formatHex(hash.digest()).equals(blob.digest().hex())) {
      throw new RegistryException(
          ErrorCode.DIGEST_INVALID,
          "The server sent blob " + blob.digest() + " of " + repository + " with other bytes");
    }
  }

  private <T> CompletionStage<T> start(Requester requester, String content, Call<T> call) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    threads.execute(
        () -> {
          try {
            requireWaiting(requester);
            answer.complete(call.call());
          } catch (UpstreamException e) {
            answer.completeExceptionally(ofServer(e, content));
          } catch (RegistryException | RuntimeException e) {
            answer.completeExceptionally(e);
          }
        });
    return answer;
  }

  /** What the client calls its upstream is here the server, which may name one of its own. */
  private static RegistryException ofServer(UpstreamException e, String content) {
    return new RegistryException(
        e.code(), "server " + e.upstream() + " did not send " + content + ": " + e.reason(), e);
  }

  private static void requireWaiting(Requester requester) {
    if (!requester.isWaiting()) {
      throw new CancellationException();
    }
  }

  /** Ends all requests. */
  @Override
  public void close() {
    threads.shutdownNow();
    server.close();
  }
}
