package dev.cistern.server.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.event.BlobTransfer;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.Cause;
import dev.cistern.server.CustomServer;
import dev.cistern.server.RegistryServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Clients that join before, between and after two answers of an upstream whose sizes differ. None
 * of them ever gets a complete answer that is not right.
 */
@DisplayName("1. An answer that has begun never changes its size")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ChangingSizeTest {

  private static final String PATH = Sample.blobPath(Sample.BLOB);
  private static final Pattern RANGE = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+|\\*)");

  /** How clients ask: the whole, a range in the middle, and the end. */
  private static final List<String[]> FORMS =
      List.of(
          new String[0],
          new String[] {"Range: bytes=100000-199999"},
          new String[] {"Range: bytes=200000-"},
          new String[] {"Range: bytes=-1000"});

  @TempDir Path directory;

  private final ExecutorService clients = Executors.newCachedThreadPool();
  private final CountDownLatch firstMayEnd = new CountDownLatch(1);
  private final CountDownLatch secondAsked = new CountDownLatch(1);
  private final CountDownLatch secondMayBegin = new CountDownLatch(1);
  private final Semaphore begun = new Semaphore(0);

  @AfterEach
  void end() {
    clients.shutdownNow();
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      if (!latch.await(60, TimeUnit.SECONDS)) {
        throw new IOException("still waiting");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private FaultyRegistry.Script script(int more, String coding) {
    return (ask, wire) -> {
      Answer right = Answer.right(new Ask(ask.method(), ask.path(), Map.of(), ask.time()));
      if (ask.time() > 1) {
        secondAsked.countDown();
        await(secondMayBegin);
        wire.send(right);
        return;
      }
      byte[] body = Arrays.copyOf(right.body(), right.body().length + more);
      Answer first = right.withBody(body).with("Content-Length", body.length);
      if (coding.equals("chunked")) {
        wire.head(first.without("Content-Length").with("Transfer-Encoding", "chunked"));
        wire.raw(Integer.toHexString(body.length) + "\r\n");
      } else {
        wire.head(first);
      }
      wire.body(first, 0, 150_000);
      await(firstMayEnd);
      wire.body(first, 150_000, body.length);
      if (coding.equals("chunked")) {
        wire.raw("\r\n0\r\n\r\n");
      }
    };
  }

  private List<CompletableFuture<Reply>> join(RegistryServer server) throws InterruptedException {
    List<CompletableFuture<Reply>> replies = new ArrayList<>();
    for (String[] form : FORMS) {
      replies.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return Reply.to(server.address(), "GET", PATH, form);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              },
              clients));
    }
    assertThat(begun.tryAcquire(FORMS.size(), 60, TimeUnit.SECONDS)).isTrue();
    return replies;
  }

  /** Tells of every client that starts or joins the fetch. */
  private CacheListener counting() {
    return new CacheListener() {
      @Override
      public void fetchStarted(BlobTransfer transfer) {
        begun.release();
      }

      @Override
      public void fetchJoined(BlobTransfer transfer, Cause by) {
        begun.release();
      }
    };
  }

  private static boolean isRight(Reply reply) {
    if (!reply.complete()) {
      return false;
    }
    if (reply.status() == 200) {
      return Arrays.equals(reply.body(), Sample.BLOB);
    }
    Matcher range = RANGE.matcher(reply.header("Content-Range").orElse(""));
    return reply.status() == 206
        && range.matches()
        && List.of("*", Integer.toString(Sample.BLOB.length)).contains(range.group(3))
        && Arrays.equals(
            reply.body(),
            Arrays.copyOfRange(
                Sample.BLOB,
                Integer.parseInt(range.group(1)),
                Integer.parseInt(range.group(2)) + 1));
  }

  private static void assertRight(List<CompletableFuture<Reply>> replies) {
    assertThat(replies).allSatisfy(reply -> assertThat(isRight(reply.join())).isTrue());
  }

  /** Cut, an error, or right: a range before the end names no size that may be wrong. */
  private static void assertNoneIsCompleteAndWrong(List<CompletableFuture<Reply>> replies) {
    for (CompletableFuture<Reply> answer : replies) {
      Reply reply = answer.join();
      boolean refused = reply.status() >= 500 || !reply.complete();
      assertThat(refused || isRight(reply))
          .as("status %s, %s bytes", reply.status(), reply.body().length)
          .isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "-1000, announced",
    "1000, announced",
    "-1, announced",
    "-1000, chunked",
    "1000, chunked"
  })
  void noClientGetsACompleteAnswerThatIsWrong(int more, String coding) throws Exception {
    try (FaultyRegistry registry = FaultyRegistry.start(script(more, coding));
        RegistryServer server =
            CustomServer.start(
                "http://" + registry.name(),
                Map.of(),
                cache -> cache.spoolDirectory(directory).listener(counting()))) {
      List<CompletableFuture<Reply>> before = join(server);
      firstMayEnd.countDown();
      await(secondAsked);
      List<CompletableFuture<Reply>> between = join(server);
      secondMayBegin.countDown();

      if (coding.equals("chunked")) {
        // They were promised no size, and nothing before the whole is verified.
        assertRight(before);
      } else {
        assertNoneIsCompleteAndWrong(before);
        assertThat(before.get(0).join().complete() && before.get(0).join().status() == 200)
            .isFalse();
      }
      assertRight(between);
      for (String[] form : FORMS) {
        assertThat(isRight(Reply.to(server.address(), "GET", PATH, form))).isTrue();
      }
    }
  }
}
