package dev.cistern.proxy.internal.fetch;

import static dev.cistern.proxy.internal.fetch.ScriptedSource.part;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.concurrent.Flight.Role;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.policy.RetryPolicy;
import dev.cistern.proxy.testing.Await;
import dev.cistern.proxy.testing.Reading;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.storage.memory.MemoryDriver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobFetchTest {

  private static final byte[] CONTENT = Samples.bytes(300_000);
  private static final Digest DIGEST = Digest.sha256(CONTENT);
  private static final RetryPolicy ONCE = new RetryPolicy(1, Duration.ZERO, Duration.ZERO);

  @TempDir Path base;

  private SpoolDirectory spools;
  private BoundedStore store;
  private final ScriptedSource source = new ScriptedSource();

  @BeforeEach
  void openSpool() {
    spools = SpoolDirectory.under(base);
    store =
        new BoundedStore(
            new MemoryDriver(),
            Limits.DEFAULT,
            spools.unfinished(),
            InstantSource.system(),
            new StorageFaults(InstantSource.system(), CacheListener.NONE),
            CacheListener.NONE,
            Thread::new);
  }

  @AfterEach
  void closeSpool() throws IOException {
    store.close();
    spools.close();
  }

  private BlobFetch fetch() {
    return fetch(source);
  }

  private BlobFetch fetch(BlobSource from) {
    return new BlobFetch(DIGEST, from, spools, store.room(), Runnable::run, ONCE);
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
    var following = fetch.follow(Role.LEADER);

    fetch.run();

    try (BlobContent content = reader(following)) {
      assertThat(Reading.all(content)).isEqualTo(CONTENT);
    }
    assertThat(source.asked).containsExactly(ResumePoint.START, ResumePoint.START);
    fetch.close();
  }

  @Test
  void readersWithWrongBytesFail() throws IOException {
    source.then(part(withWrongByte(0), 0)).then(part(CONTENT, 0));
    BlobFetch fetch = fetch();
    var following = fetch.follow(Role.LEADER);

    assertThatExceptionOfType(WrongBytesException.class)
        .isThrownBy(fetch::run)
        .withMessageContaining("registry.example")
        .satisfies(fetch::fail);

    try (BlobContent content = reader(following)) {
      assertThatIOException().isThrownBy(() -> content.available(0));
      assertThatIOException().isThrownBy(() -> content.available(CONTENT.length));
    }
    assertThat(spooled()).isEmpty();
  }

  @Test
  void aSecondAnswerShorterThanTheVisibleBytesIsWrong() {
    byte[] longer = Arrays.copyOf(CONTENT, CONTENT.length + 100_000);
    source.then(part(longer, 0)).then(part(CONTENT, 0).announcing(-1));
    BlobFetch fetch = fetch();

    assertThatExceptionOfType(WrongBytesException.class)
        .isThrownBy(fetch::run)
        .satisfies(fetch::fail);
  }

  @Test
  void thirdAnswerIsNotAskedFor() {
    source.then(part(withWrongByte(CONTENT.length - 1), 0));
    BlobFetch fetch = fetch();

    assertThatExceptionOfType(WrongBytesException.class)
        .isThrownBy(fetch::run)
        .satisfies(fetch::fail);

    assertThat(source.asked).hasSize(2);
  }

  @Test
  void theNextTransferResumesAnUnfinishedOne() throws Exception {
    source.then(part(CONTENT, 0).breakingOffAt(200_000));
    BlobFetch first = fetch();
    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(first::run)
        .satisfies(first::fail);
    ScriptedSource rest = new ScriptedSource().then(part(CONTENT, 200_000));
    BlobFetch second = fetch(rest);
    var following = second.follow(Role.LEADER);

    second.run();

    assertThat(rest.asked).containsExactly(ResumePoint.at(200_000));
    try (BlobContent content = reader(following)) {
      assertThat(Reading.all(content)).isEqualTo(CONTENT);
    }
    second.close();
  }

  @Test
  void anUnfinishedTransferMayHaveWrongBytes() throws Exception {
    source.then(part(withWrongByte(CONTENT.length - 70_000), 0).breakingOffAt(CONTENT.length - 1));
    BlobFetch first = fetch();
    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(first::run)
        .satisfies(first::fail);
    // What was given of it is wrong for this transfer's readers, and gone for those of the next.
    ScriptedSource right = new ScriptedSource().then(part(CONTENT, 0));
    BlobFetch second = fetch(right);
    assertThatExceptionOfType(WrongBytesException.class)
        .isThrownBy(second::run)
        .satisfies(second::fail);

    BlobFetch third = fetch(right);
    var following = third.follow(Role.LEADER);
    third.run();

    try (BlobContent content = reader(following)) {
      assertThat(Reading.all(content)).isEqualTo(CONTENT);
    }
    third.close();
  }

  @Test
  void aFailureBeforeTheFirstByteIsTheAnswer() {
    RegistryException refusal = new RegistryException(ErrorCode.DENIED, "refused");
    source.then(refusal);
    BlobFetch fetch = fetch();
    var following = fetch.follow(Role.LEADER);

    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(fetch::run)
        .satisfies(fetch::fail);

    assertThat(Await.failure(following)).isSameAs(refusal);
  }

  private String[] spooled() {
    String[] own = base.toFile().list();
    assertThat(own).hasSize(1);
    return Arrays.stream(base.resolve(own[0]).toFile().list())
        .filter(name -> !name.equals("owner"))
        .toArray(String[]::new);
  }
}
