package dev.cistern.proxy.internal.fetch;

import static dev.cistern.proxy.internal.fetch.ScriptedSource.part;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.Requester;
import dev.cistern.proxy.internal.concurrent.Flight.Role;
import dev.cistern.proxy.internal.concurrent.TransferThreads;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.testing.Queues;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.upstream.ResumePoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BlobFetchTest {

  private static final byte[] CONTENT = Samples.bytes(300_000);
  private static final Digest DIGEST = Digest.sha256(CONTENT);

  private final TestSpool spool;
  private final ScriptedSource source = new ScriptedSource();

  BlobFetchTest(@TempDir Path base) {
    spool = TestSpool.under(base);
  }

  @AfterEach
  void closeSpool() throws IOException {
    spool.close();
  }

  private BlobFetch fetch() {
    return fetch(source);
  }

  private BlobFetch fetch(BlobSource from) {
    TransferThreads threads = new TransferThreads(Queues.of(Runnable::run), Runnable::run);
    return spool.fetch(DIGEST, from, threads, 1);
  }

  private static BlobContent reader(CompletionStage<Optional<BlobContent>> following) {
    return Await.value(following).orElseThrow();
  }

  private static byte[] withWrongByte(int index) {
    byte[] wrong = CONTENT.clone();
    wrong[index] ^= 1;
    return wrong;
  }

  @Test
  void readersDoNotSeeThatTheLastByteCameTwice() throws Exception {
    source.then(part(withWrongByte(CONTENT.length - 1), 0)).then(part(CONTENT, 0));
    BlobFetch fetch = fetch();
    var following = fetch.follow(Role.LEADER, Requester.UNKNOWN);

    fetch.run();

    try (BlobContent content = reader(following)) {
      assertThat(Reading.all(content)).isEqualTo(CONTENT);
    }
    assertThat(source.asked).containsExactly(ResumePoint.START, ResumePoint.START);
    fetch.close();
  }

  @Test
  void readersWithWrongBytesFailAndTheNextReadersGetTheRightOnes() throws Exception {
    source.then(part(withWrongByte(0), 0)).then(part(CONTENT, 0));
    BlobFetch fetch = fetch();
    var following = fetch.follow(Role.LEADER, Requester.UNKNOWN);
    BlobContent early = readerThatComesBefore(fetch, following);

    assertThatIOException()
        .isThrownBy(() -> early.available(0))
        .withMessageContaining("registry.example sent other bytes than the first time");
    assertThatIOException().isThrownBy(() -> early.available(CONTENT.length));
    early.close();
    try (BlobContent content = reader(fetch.follow(Role.FOLLOWER, Requester.UNKNOWN))) {
      assertThat(Reading.all(content)).isEqualTo(CONTENT);
    }
    fetch.close();
  }

  @Test
  void allThatHasComeIsVisibleWhileTheUpstreamPauses() throws Exception {
    int received = 200_000;
    Gate pause = new Gate();
    ReadAheadBlob blob = new ReadAheadBlob(FakeBlob.stoppingAt(pause, received, CONTENT));
    Executor threads = task -> new Thread(task).start();
    CompletableFuture<Void> receiving = CompletableFuture.runAsync(blob::receive, threads);
    BlobFetch fetch = fetch(from -> blob);
    var following = fetch.follow(Role.LEADER, Requester.UNKNOWN);
    CompletableFuture<SpoolFile> running =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return fetch.run();
              } catch (RegistryException | IOException e) {
                throw new IllegalStateException(e);
              }
            },
            threads);

    try (BlobContent content = reader(following)) {
      CompletableFuture<Void> visible = new CompletableFuture<>();
      if (!content.whenAvailable(received - 1, () -> visible.complete(null))) {
        visible.complete(null);
      }
      Await.value(visible);
      assertThat(content.available(received)).isZero();
      pause.open();
      Await.value(running);
      assertThat(Reading.all(content)).isEqualTo(CONTENT);
    }
    Await.value(receiving);
    fetch.close();
  }

  /** A reader that has joined by the time that the first answer begins. */
  private static BlobContent readerThatComesBefore(
      BlobFetch fetch, CompletionStage<Optional<BlobContent>> following) throws Exception {
    CompletableFuture<BlobContent> early = new CompletableFuture<>();
    following.thenAccept(content -> early.complete(content.orElseThrow()));
    fetch.run();
    return early.join();
  }

  static Stream<Arguments> sizes() {
    byte[] shorter = Arrays.copyOf(CONTENT, CONTENT.length - 1_000);
    byte[] longer = Arrays.copyOf(CONTENT, CONTENT.length + 1_000);
    return Stream.of(
        Arguments.of("shorter at first", part(shorter, 0), shorter.length),
        Arguments.of("longer at first", part(longer, 0), longer.length),
        Arguments.of(
            "shorter at first, then chunked", part(shorter, 0).announcing(-1), shorter.length));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("sizes")
  void aReaderIsNeverToldAnotherSizeAndNeverGetsToAWrongEnd(
      String name, ScriptedSource.Part wrong, int announced) throws Exception {
    source.then(wrong).then(part(CONTENT, 0));
    BlobFetch fetch = fetch();
    BlobContent early = readerThatComesBefore(fetch, fetch.follow(Role.LEADER, Requester.UNKNOWN));

    if (early.size().isPresent() && early.size().getAsLong() != CONTENT.length) {
      assertThat(early.size()).hasValue(announced);
      assertThatIOException().isThrownBy(() -> early.available(announced - 1L));
      assertThatIOException().isThrownBy(() -> early.available(0));
    } else {
      assertThat(Reading.all(early)).isEqualTo(CONTENT);
    }
    early.close();
    try (BlobContent late = reader(fetch.follow(Role.FOLLOWER, Requester.UNKNOWN))) {
      assertThat(late.size()).hasValue(CONTENT.length);
      assertThat(Reading.all(late)).isEqualTo(CONTENT);
    }
    fetch.close();
  }

  @Test
  void readersThatWereToldAWrongSizeFailAlsoWhenTheSecondAnswerHasNone() throws Exception {
    byte[] shorter = Arrays.copyOf(CONTENT, CONTENT.length - 1_000);
    source.then(part(shorter, 0)).then(part(CONTENT, 0).announcing(-1));
    BlobFetch fetch = fetch();
    BlobContent early = readerThatComesBefore(fetch, fetch.follow(Role.LEADER, Requester.UNKNOWN));

    assertThat(early.size()).hasValue(shorter.length);
    assertThatIOException().isThrownBy(() -> early.available(0));
    early.close();
    try (BlobContent late = reader(fetch.follow(Role.FOLLOWER, Requester.UNKNOWN))) {
      assertThat(Reading.all(late)).isEqualTo(CONTENT);
    }
    fetch.close();
  }

  @Test
  void secondAnswerShorterThanWhatReadersWereGivenFailsThem() throws Exception {
    byte[] longer = Arrays.copyOf(CONTENT, CONTENT.length + 100_000);
    source.then(part(longer, 0)).then(part(CONTENT, 0).announcing(-1));
    BlobFetch fetch = fetch();
    BlobContent early = readerThatComesBefore(fetch, fetch.follow(Role.LEADER, Requester.UNKNOWN));

    assertThatIOException().isThrownBy(() -> early.available(0));
    early.close();
    fetch.close();
  }

  @Test
  void thirdAnswerIsNotAskedFor() {
    source.then(part(withWrongByte(CONTENT.length - 1), 0));
    BlobFetch fetch = fetch();

    assertThatExceptionOfType(WrongBytesException.class)
        .isThrownBy(fetch::run)
        .satisfies(e -> fetch.fail(e, () -> {}));

    assertThat(source.asked).hasSize(2);
  }

  @Test
  void theNextFetchResumesFromWhatIsLeft() throws Exception {
    source.then(part(CONTENT, 0).breakingOffAt(200_000));
    BlobFetch first = fetch();
    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(first::run)
        .satisfies(e -> first.fail(e, () -> {}));
    ScriptedSource rest = new ScriptedSource().then(part(CONTENT, 200_000));
    BlobFetch second = fetch(rest);
    var following = second.follow(Role.LEADER, Requester.UNKNOWN);

    second.run();

    assertThat(rest.asked).containsExactly(ResumePoint.at(200_000));
    try (BlobContent content = reader(following)) {
      assertThat(Reading.all(content)).isEqualTo(CONTENT);
    }
    second.close();
  }

  @Test
  void whatWasLeftMayTurnOutToBeWrong() throws Exception {
    source.then(part(withWrongByte(CONTENT.length - 70_000), 0).breakingOffAt(CONTENT.length - 1));
    BlobFetch first = fetch();
    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(first::run)
        .satisfies(e -> first.fail(e, () -> {}));
    // The leftover was shown to the first reader of the next transfer before it was found wrong.
    ScriptedSource right = new ScriptedSource().then(part(CONTENT, 0));
    BlobFetch second = fetch(right);
    BlobContent early =
        readerThatComesBefore(second, second.follow(Role.LEADER, Requester.UNKNOWN));
    assertThatIOException().isThrownBy(() -> early.available(0));
    early.close();

    var following = second.follow(Role.FOLLOWER, Requester.UNKNOWN);
    try (BlobContent content = reader(following)) {
      assertThat(Reading.all(content)).isEqualTo(CONTENT);
    }
    second.close();
  }

  @Test
  void failureBeforeAnythingCameIsTheAnswer() {
    RegistryException refusal = new RegistryException(ErrorCode.DENIED, "refused");
    source.then(refusal);
    BlobFetch fetch = fetch();
    var following = fetch.follow(Role.LEADER, Requester.UNKNOWN);

    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(fetch::run)
        .satisfies(e -> fetch.fail(e, () -> {}));

    assertThat(Await.failure(following)).isSameAs(refusal);
  }
}
