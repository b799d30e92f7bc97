package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.util.Optional;
import java.util.OptionalLong;

/** A blob of an upstream with any announced length, which may stop at a gate. */
final class FakeBlob implements UpstreamBlob {

  private final byte[] content;
  private final OptionalLong declared;
  private final Gate gate;
  private final int gateAt;
  private int position;
  private volatile boolean cancelled;
  volatile boolean closed;

  private FakeBlob(byte[] content, OptionalLong declared, Gate gate, int gateAt) {
    this.content = content;
    this.declared = declared;
    this.gate = gate;
    this.gateAt = gateAt;
  }

  static FakeBlob of(byte[] content) {
    return declaring(OptionalLong.of(content.length), content);
  }

  static FakeBlob declaring(OptionalLong length, byte[] content) {
    return new FakeBlob(content, length, new Gate(), Integer.MAX_VALUE);
  }

  static FakeBlob stoppingAt(Gate gate, int position, byte[] content) {
    return new FakeBlob(content, OptionalLong.of(content.length), gate, position);
  }

  @Override
  public OptionalLong totalLength() {
    return declared;
  }

  @Override
  public long start() {
    return 0;
  }

  @Override
  public Optional<String> etag() {
    return Optional.empty();
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws RegistryException {
    if (position == gateAt) {
      gate.pass();
    }
    if (cancelled) {
      throw new RegistryException(ErrorCode.UNAVAILABLE, "cancelled");
    }
    int end = position < gateAt ? Math.min(gateAt, content.length) : content.length;
    int n = Math.min(length, end - position);
    System.arraycopy(content, position, buffer, offset, n);
    position += n;
    return n == 0 ? -1 : n;
  }

  @Override
  public void cancel() {
    cancelled = true;
    gate.open();
  }

  @Override
  public void close() {
    closed = true;
  }
}
