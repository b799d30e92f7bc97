package dev.cistern.proxy.upstream.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Runs calls that must fail. */
final class Failures {

  private Failures() {}

  static RegistryException failure(ThrowingCallable call) {
    Throwable thrown = catchThrowable(call);
    assertThat(thrown).isInstanceOf(RegistryException.class);
    return (RegistryException) thrown;
  }

  /** All that a log could show of a failure: every message, of causes and suppressed ones too. */
  static String everythingSaidBy(Throwable failure) {
    StringWriter text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text, true));
    return text.toString();
  }

  static byte[] drain(UpstreamBlob blob) throws RegistryException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    for (int n = blob.read(buffer, 0, buffer.length);
        n >= 0;
        n = blob.read(buffer, 0, buffer.length)) {
      bytes.write(buffer, 0, n);
    }
    return bytes.toByteArray();
  }
}
