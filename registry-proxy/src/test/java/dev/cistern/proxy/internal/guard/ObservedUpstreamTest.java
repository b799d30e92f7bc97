package dev.cistern.proxy.internal.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.api.Tag;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.UpstreamCall;
import dev.cistern.proxy.testing.Samples;
import dev.cistern.proxy.upstream.UpstreamException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ObservedUpstreamTest {

  private final ScriptedUpstream scripted = new ScriptedUpstream();
  private final List<String> events = new ArrayList<>();
  private final ObservedUpstream upstream =
      new ObservedUpstream(scripted, new Events(), InstantSource.system());

  private final class Events implements CacheListener {

    @Override
    public void upstreamStarted(UpstreamCall call) {
      events.add("started");
    }

    @Override
    public void upstreamAnswered(UpstreamCall call, OptionalInt status, Duration time) {
      events.add("answered");
    }

    @Override
    public void upstreamFailed(
        UpstreamCall call, OptionalInt status, UpstreamException cause, Duration time) {
      events.add("failed: " + cause.code());
    }
  }

  private void head() throws RegistryException {
    upstream.headManifest(Samples.ALPINE, new Tag("latest"));
  }

  @Test
  void aCallThatIsAnsweredEnds() throws RegistryException {
    head();
    assertThat(events).containsExactly("started", "answered");
  }

  @Test
  void aCallEndsWithWhateverAnUpstreamThrows() {
    RegistryException untyped = new RegistryException(ErrorCode.DENIED, "not today");
    scripted.fail(untyped);
    assertThatThrownBy(this::head).isSameAs(untyped);

    scripted.onCall(
        () -> {
          throw new IllegalStateException("a careless upstream");
        });
    assertThatThrownBy(this::head).isInstanceOf(UpstreamException.class);

    assertThat(events)
        .containsExactly("started", "failed: DENIED", "started", "failed: BAD_GATEWAY");
  }
}
