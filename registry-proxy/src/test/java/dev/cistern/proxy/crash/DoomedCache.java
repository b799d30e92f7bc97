package dev.cistern.proxy.crash;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.BlobInputStream;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.BufferedReader;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A cache in a process of its own, to be killed: {@code DoomedCache ROOT UPSTREAM MAXSIZE}. It
 * prints the port that it listens on. A request is one line, {@code blob NAME DIGEST} or {@code
 * manifest NAME DIGEST}; the answer is pieces, each after its length as an {@code int}, then 0, or
 * -1 when it failed.
 */
final class DoomedCache {

  private static final int PIECE = 16 * 1024;
  private static final int FAILED = -1;

  private final PullThroughCache cache;

  private DoomedCache(PullThroughCache cache) {
    this.cache = cache;
  }

  public static void main(String[] args) throws Exception {
    PullThroughCache cache =
        PullThroughCache.builder()
            .upstream(UpstreamConfig.builder(args[1]).build())
            .storage(FilesystemDriver.open(Path.of(args[0])))
            .limits(
                Limits.builder()
                    .maxSize(Long.parseLong(args[2]))
                    .sweep(Duration.ofMillis(20))
                    .build())
            .build();
    askForNothing(cache);
    DoomedCache doomed = new DoomedCache(cache);
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      System.out.println(server.getLocalPort());
      while (true) {
        Socket client = server.accept();
        new Thread(() -> doomed.serve(client)).start();
      }
    }
  }

  /** The first request makes the HTTP client, which takes longer than some have to live. */
  private static void askForNothing(PullThroughCache cache) {
    Digest none = Digest.sha256(new byte[0]);
    cache
        .blob(new RepositoryName("none"), none)
        .exceptionally(e -> null)
        .toCompletableFuture()
        .join();
  }

  private void serve(Socket client) {
    try (client;
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
        DataOutputStream out = new DataOutputStream(client.getOutputStream())) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] request = line.split(" ", 3);
        answer(out, request[0], new RepositoryName(request[1]), Digest.parse(request[2]));
      }
    } catch (Exception e) {
      System.err.println(e);
    }
  }

  private void answer(DataOutputStream out, String kind, RepositoryName repository, Digest digest)
      throws IOException {
    int end = 0;
    if (kind.equals("manifest")) {
      try {
        byte[] body = bytes(cache.manifest(repository, digest).toCompletableFuture().join().body());
        out.writeInt(body.length);
        out.write(body);
      } catch (RuntimeException e) {
        System.err.println(e);
        end = FAILED;
      }
    } else {
      end = blob(out, repository, digest);
    }
    out.writeInt(end);
    out.flush();
  }

  private static byte[] bytes(ByteBuffer body) {
    byte[] bytes = new byte[body.remaining()];
    body.get(bytes);
    return bytes;
  }

  private int blob(DataOutputStream out, RepositoryName repository, Digest digest)
      throws IOException {
    byte[] piece = new byte[PIECE];
    try (BlobContent content = cache.blob(repository, digest).toCompletableFuture().join();
        BlobInputStream in = new BlobInputStream(content)) {
      while (true) {
        int count;
        try {
          count = in.read(piece, 0, PIECE);
        } catch (IOException e) {
          System.err.println(e);
          return FAILED;
        }
        if (count < 0) {
          return 0;
        }
        out.writeInt(count);
        out.write(piece, 0, count);
      }
    } catch (RuntimeException e) {
      System.err.println(e);
      return FAILED;
    }
  }
}
