package dev.cistern.proxy.internal.fetch;

import static dev.cistern.proxy.internal.fetch.ScriptedSource.part;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.policy.RetryPolicy;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.proxy.upstream.UpstreamException.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TransferTest {

  private static final byte[] CONTENT = Samples.bytes(200_000);
  private static final RetryPolicy QUICK = new RetryPolicy(3, Duration.ZERO, Duration.ZERO);

  private final ScriptedSource source = new ScriptedSource();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private final class Collecting implements Transfer.Sink {
    @Override
    public void begin(OptionalLong size, UpstreamBlob answer) {}

    @Override
    public void append(byte[] more, int offset, int count) {
      bytes.write(more, offset, count);
    }
  }

  private Transfer from(long position, RetryPolicy retries) {
    return new Transfer(Digest.sha256(CONTENT), source, position, retries, Long.MAX_VALUE);
  }

  private void run() throws RegistryException, IOException {
    from(0, QUICK).run(new Collecting());
  }

  private RegistryException failure(ErrorCode code) {
    return new RegistryException(code, "refused");
  }

  @Test
  void aTransferThatEndsEarlyIsResumed() throws Exception {
    source.then(part(CONTENT, 0).breakingOffAt(70_000)).then(part(CONTENT, 70_000));

    run();

    assertThat(bytes.toByteArray()).isEqualTo(CONTENT);
    assertThat(source.asked).containsExactly(ResumePoint.START, ResumePoint.at(70_000));
  }

  @Test
  void theRestIsRequestedWithTheEntityTag() throws Exception {
    source
        .then(part(CONTENT, 0).tagged("\"one\"").breakingOffAt(70_000))
        .then(part(CONTENT, 70_000).tagged("\"one\""));

    run();

    assertThat(source.asked).last().isEqualTo(ResumePoint.at(70_000).ifStill("\"one\""));
  }

  @Test
  void aTransferFromTheStartSendsNoEntityTag() throws Exception {
    source.then(part(CONTENT, 0).tagged("\"one\"").breakingOffAt(0)).then(part(CONTENT, 0));

    run();

    assertThat(source.asked).containsExactly(ResumePoint.START, ResumePoint.START);
  }

  @Test
  void knownBeginningOfAnAnswerIsSkipped() throws Exception {
    source.then(part(CONTENT, 0).breakingOffAt(70_000)).then(part(CONTENT, 0));

    run();

    assertThat(bytes.toByteArray()).isEqualTo(CONTENT);
  }

  @Test
  void skippedBytesAreNoProgress() {
    source.then(part(CONTENT, 0).breakingOffAt(70_000));

    assertThatExceptionOfType(RegistryException.class).isThrownBy(this::run);

    assertThat(source.asked).hasSize(1 + QUICK.tries());
    assertThat(bytes.size()).isEqualTo(70_000);
  }

  @Test
  void retriesAreCountedFromTheLastNewByte() throws Exception {
    for (int position = 0; position < CONTENT.length; position += 10_000) {
      source.then(part(CONTENT, position).breakingOffAt(position + 10_000));
    }
    source.then(failure(ErrorCode.RANGE_INVALID));

    run();

    assertThat(bytes.toByteArray()).isEqualTo(CONTENT);
  }

  @Test
  void nothingAfterTheLastByteIsTheEnd() throws Exception {
    source.then(failure(ErrorCode.RANGE_INVALID));

    from(CONTENT.length, QUICK).run(new Collecting());

    assertThat(bytes.size()).isZero();
  }

  @Test
  void nothingAtTheStartIsAFailure() {
    source.then(failure(ErrorCode.RANGE_INVALID));

    assertThatExceptionOfType(RegistryException.class).isThrownBy(this::run);
  }

  @Test
  void aTransferThatNeverBeganIsNotRetried() {
    source.then(failure(ErrorCode.BAD_GATEWAY));

    assertThatExceptionOfType(RegistryException.class).isThrownBy(this::run);

    assertThat(source.asked).hasSize(1);
  }

  @Test
  void aRefusedResumeIsRetriedBecauseASignatureMayHaveExpired() throws Exception {
    source
        .then(part(CONTENT, 0).breakingOffAt(70_000))
        .then(failure(ErrorCode.DENIED))
        .then(part(CONTENT, 70_000));

    run();

    assertThat(bytes.toByteArray()).isEqualTo(CONTENT);
  }

  @Test
  void absenceOnAResumeMayPass() throws Exception {
    source
        .then(part(CONTENT, 0).breakingOffAt(70_000))
        .then(failure(ErrorCode.BLOB_UNKNOWN))
        .then(part(CONTENT, 70_000));

    run();

    assertThat(bytes.toByteArray()).isEqualTo(CONTENT);
  }

  @Test
  void absenceBeforeTheFirstByteIsFinal() {
    source.then(failure(ErrorCode.BLOB_UNKNOWN));

    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(this::run)
        .satisfies(failure -> assertThat(failure.code()).isEqualTo(ErrorCode.BLOB_UNKNOWN));
    assertThat(source.asked).hasSize(1);
  }

  private static UpstreamException answer(Kind kind, int status) {
    return UpstreamException.builder(
            kind,
            ErrorCode.BAD_GATEWAY,
            "registry.example",
            new Target(Target.Kind.BLOB, "a blob"),
            "odd")
        .status(status)
        .build();
  }

  /** A resume that is answered with another range, or with a status that no resume gets. */
  @ParameterizedTest
  @EnumSource(names = {"PROTOCOL", "STATUS"})
  void aTransferWhoseResumeIsImpossibleStartsAgainAtOnce(Kind kind) throws Exception {
    source
        .then(part(CONTENT, 0).breakingOffAt(70_000))
        .then(answer(kind, 206))
        .then(part(CONTENT, 0));
    Transfer transfer = from(0, new RetryPolicy(1, Duration.ZERO, Duration.ZERO));

    transfer.run(new Collecting());

    assertThat(bytes.toByteArray()).isEqualTo(CONTENT);
    assertThat(source.asked)
        .containsExactly(ResumePoint.START, ResumePoint.at(70_000), ResumePoint.START);
    assertThat(transfer.isResumable()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(names = {"PROTOCOL", "STATUS", "ABSENT", "SERVER_ERROR", "REFUSED"})
  void aPartThatCannotBeResumedIsNoObstacle(Kind kind) throws Exception {
    source.then(answer(kind, 500)).then(part(CONTENT, 0));

    from(150_000, QUICK).run(new Collecting());

    assertThat(source.asked).containsExactly(ResumePoint.at(150_000), ResumePoint.START);
    assertThat(bytes.toByteArray()).isEqualTo(Arrays.copyOfRange(CONTENT, 150_000, CONTENT.length));
  }

  @Test
  void aServerThatIsOverloadedIsNotAskedForAllAgain() {
    source.then(answer(Kind.SERVER_ERROR, 503));

    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(() -> from(150_000, QUICK).run(new Collecting()));
    assertThat(source.asked).containsExactly(ResumePoint.at(150_000));
  }

  @Test
  void sizeThatChangesIsWrong() {
    source
        .then(part(CONTENT, 0).breakingOffAt(70_000))
        .then(part(CONTENT, 70_000).announcing(CONTENT.length + 1));

    assertThatExceptionOfType(WrongBytesException.class)
        .isThrownBy(this::run)
        .withMessageContaining("registry.example");
  }

  @Test
  void anAnnouncedSizeIsKept() throws Exception {
    source
        .then(part(CONTENT, 0).breakingOffAt(70_000))
        .then(part(CONTENT, 70_000).announcing(-1).breakingOffAt(80_000))
        .then(part(CONTENT, 80_000));

    run();

    assertThat(bytes.toByteArray()).isEqualTo(CONTENT);
  }

  @Test
  void aFailingSinkEndsIt() {
    source.then(part(CONTENT, 0));
    IOException full = new IOException("no space left on device");

    assertThatIOException()
        .isThrownBy(
            () ->
                from(0, QUICK)
                    .run(
                        new Transfer.Sink() {
                          @Override
                          public void begin(OptionalLong size, UpstreamBlob answer) {}

                          @Override
                          public void append(byte[] more, int offset, int count)
                              throws IOException {
                            throw full;
                          }
                        }))
        .isSameAs(full);
    assertThat(source.asked).hasSize(1);
  }

  @Test
  void itCanResumeAnotherTransfer() throws Exception {
    source.then(part(CONTENT, 150_000));

    from(150_000, QUICK).run(new Collecting());

    assertThat(source.asked).containsExactly(ResumePoint.at(150_000));
    assertThat(bytes.toByteArray()).isEqualTo(Arrays.copyOfRange(CONTENT, 150_000, CONTENT.length));
  }

  @Test
  void cancellingEndsAPause() {
    RetryPolicy patient = new RetryPolicy(9, Duration.ofHours(1), Duration.ofHours(1));
    source.then(part(CONTENT, 0).breakingOffAt(70_000));
    Transfer transfer = from(0, patient);
    CountDownLatch begun = new CountDownLatch(1);
    CompletableFuture<Void> ended =
        CompletableFuture.runAsync(
            () -> {
              try {
                transfer.run(
                    new Transfer.Sink() {
                      @Override
                      public void begin(OptionalLong size, UpstreamBlob answer) {
                        begun.countDown();
                      }

                      @Override
                      public void append(byte[] more, int offset, int count) {}
                    });
              } catch (RegistryException | IOException e) {
                throw new CompletionException(e);
              }
            });
    Await.latch(begun);

    transfer.cancel();

    assertThat(Await.failure(ended)).isNotNull();
    assertThat(source.asked).hasSize(1);
  }
}
