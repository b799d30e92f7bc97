package dev.cistern.proxy.internal.guard;

import static dev.cistern.proxy.testing.Samples.ALPINE;
import static dev.cistern.proxy.testing.Samples.DEBIAN;
import static dev.cistern.proxy.testing.Samples.LATEST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.Page;
import dev.cistern.api.RegistryException;
import dev.cistern.api.Tag;
import dev.cistern.proxy.testing.ManualClock;
import dev.cistern.proxy.upstream.ResumePoint;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NegativeCachingUpstreamTest {

  private static final Digest DIGEST = Digest.sha256(new byte[0]);

  private final ScriptedUpstream upstream = new ScriptedUpstream();
  private final ManualClock clock = new ManualClock();
  private final NegativeCachingUpstream remembering =
      new NegativeCachingUpstream(upstream, Duration.ofSeconds(10), clock);

  private void failAs(ErrorCode code) {
    upstream.fail(new RegistryException(code, "upstream said " + code));
  }

  private static void assertFails(ErrorCode code, ScriptedUpstream.Script call) {
    assertThatExceptionOfType(RegistryException.class)
        .isThrownBy(call::play)
        .withMessage("upstream said " + code)
        .satisfies(failure -> assertThat(failure.code()).isEqualTo(code));
  }

  @ParameterizedTest
  @EnumSource(names = {"MANIFEST_UNKNOWN", "NAME_UNKNOWN"})
  void absenceIsRememberedForAWhile(ErrorCode absence) {
    failAs(absence);
    assertFails(absence, () -> remembering.manifest(ALPINE, LATEST));
    clock.advance(Duration.ofSeconds(9));
    assertFails(absence, () -> remembering.manifest(ALPINE, LATEST));
    assertThat(upstream.calls).hasSize(1);

    clock.advance(Duration.ofSeconds(1));

    assertFails(absence, () -> remembering.manifest(ALPINE, LATEST));
    assertThat(upstream.calls).hasSize(2);
  }

  @Test
  void whatHeadAnswersIsNotWhatGetAnswers() throws RegistryException {
    failAs(ErrorCode.MANIFEST_UNKNOWN);
    assertFails(ErrorCode.MANIFEST_UNKNOWN, () -> remembering.headManifest(ALPINE, LATEST));
    failAs(ErrorCode.BLOB_UNKNOWN);
    assertFails(ErrorCode.BLOB_UNKNOWN, () -> remembering.headBlob(ALPINE, DIGEST));
    upstream.onCall(() -> upstream.calls.add("answered"));

    remembering.manifest(ALPINE, LATEST);
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(() -> remembering.blob(ALPINE, DIGEST));

    assertThat(upstream.calls).hasSize(6);
    assertFails(ErrorCode.MANIFEST_UNKNOWN, () -> remembering.headManifest(ALPINE, LATEST));
    assertFails(ErrorCode.BLOB_UNKNOWN, () -> remembering.headBlob(ALPINE, DIGEST));
    assertThat(upstream.calls).hasSize(6);
  }

  @Test
  void aFailedResumeSaysNothingAboutTheBlob() {
    failAs(ErrorCode.BLOB_UNKNOWN);
    assertFails(
        ErrorCode.BLOB_UNKNOWN, () -> remembering.blob(ALPINE, DIGEST, ResumePoint.at(1000)));
    assertFails(ErrorCode.BLOB_UNKNOWN, () -> remembering.blob(ALPINE, DIGEST));
    assertFails(
        ErrorCode.BLOB_UNKNOWN, () -> remembering.blob(ALPINE, DIGEST, ResumePoint.at(1000)));

    assertThat(upstream.calls).hasSize(3);
  }

  @Test
  void otherNamesAreAskedFor() throws RegistryException {
    failAs(ErrorCode.MANIFEST_UNKNOWN);
    assertFails(ErrorCode.MANIFEST_UNKNOWN, () -> remembering.manifest(ALPINE, LATEST));
    assertFails(ErrorCode.MANIFEST_UNKNOWN, () -> remembering.manifest(ALPINE, DIGEST));
    upstream.work();

    remembering.manifest(ALPINE, new Tag("other"));
    remembering.manifest(DEBIAN, LATEST);
    remembering.headBlob(ALPINE, DIGEST);
    remembering.tags(ALPINE, Page.FIRST);

    assertThat(upstream.calls).hasSize(6);
  }

  @ParameterizedTest
  @EnumSource(names = {"BAD_GATEWAY", "GATEWAY_TIMEOUT", "DENIED", "TOOMANYREQUESTS"})
  void failuresAreNotAbsence(ErrorCode failure) throws RegistryException {
    failAs(failure);
    assertFails(failure, () -> remembering.manifest(ALPINE, LATEST));
    upstream.work();

    remembering.manifest(ALPINE, LATEST);
  }

  @Test
  void withATtlOfZeroNothingIsRemembered() {
    NegativeCachingUpstream forgetful = new NegativeCachingUpstream(upstream, Duration.ZERO, clock);
    failAs(ErrorCode.MANIFEST_UNKNOWN);

    assertFails(ErrorCode.MANIFEST_UNKNOWN, () -> forgetful.manifest(ALPINE, LATEST));
    assertFails(ErrorCode.MANIFEST_UNKNOWN, () -> forgetful.manifest(ALPINE, LATEST));

    assertThat(upstream.calls).hasSize(2);
  }

  @Test
  void closingClosesTheUpstream() {
    remembering.close();

    assertThat(upstream.closed).isTrue();
  }
}
