package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.testing.Gate;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** An upstream that takes requests for parts, any of which may fail. */
final class PartedSource implements BlobSource {

  /** What happens to a request. */
  enum Fault {
    NONE,
    REFUSED,
    ENTIRE,
    OTHER_SIZE,
    OTHER_ETAG,
    WRONG_BYTES,
    CUT
  }

  /** Which fault a request has. */
  @FunctionalInterface
  interface Faults {
    Fault of(ResumePoint asked);
  }

  final List<ResumePoint> asked = new CopyOnWriteArrayList<>();
  final AtomicLong sent = new AtomicLong();

  private final byte[] content;
  private final Faults faults;
  private final Gate gate;
  private final int gateAt;
  private final boolean declared;

  /**
   * @param gate stops the requests that have no end at {@code gateAt}
   * @param declared whether a manifest declares the size
   */
  PartedSource(byte[] content, Faults faults, Gate gate, int gateAt, boolean declared) {
    this.content = content;
    this.faults = faults;
    this.gate = gate;
    this.gateAt = gateAt;
    this.declared = declared;
  }

  @Override
  public boolean isDeclared(long size) {
    return declared && size == content.length;
  }

  @Override
  public Optional<Parts> parts() {
    return Optional.of(this::open);
  }

  @Override
  public UpstreamBlob open(ResumePoint from) throws RegistryException {
    asked.add(from);
    Fault fault = faults.of(from);
    if (fault == Fault.REFUSED) {
      throw new RegistryException(ErrorCode.TOOMANYREQUESTS, "too many requests");
    }
    return new Body(from, fault);
  }

  private final class Body implements UpstreamBlob {

    private final Fault fault;
    private final int start;
    private final int end;
    private final boolean stops;
    private int position;
    private volatile boolean cancelled;

    Body(ResumePoint asked, Fault fault) {
      this.fault = fault;
      start = fault == Fault.ENTIRE ? 0 : (int) asked.position();
      end = fault == Fault.ENTIRE ? content.length : (int) asked.end().orElse(content.length);
      stops = asked.end().isEmpty();
      position = start;
    }

    @Override
    public OptionalLong totalLength() {
      return OptionalLong.of(fault == Fault.OTHER_SIZE ? content.length + 1 : content.length);
    }

    @Override
    public long start() {
      return start;
    }

    @Override
    public Optional<String> etag() {
      return Optional.of(fault == Fault.OTHER_ETAG ? "\"other\"" : "\"one\"");
    }

    @Override
    public boolean takesParts() {
      return true;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws RegistryException {
      int until = end;
      if (stops && position <= gateAt) {
        if (position == gateAt) {
          gate.pass();
        } else {
          until = gateAt;
        }
      }
      if (cancelled || (fault == Fault.CUT && position - start > (end - start) / 2)) {
        throw new RegistryException(ErrorCode.BAD_GATEWAY, "broken off");
      }
      int n = Math.min(length, until - position);
      if (n == 0) {
        return -1;
      }
      System.arraycopy(content, position, buffer, offset, n);
      if (fault == Fault.WRONG_BYTES) {
        buffer[offset] ^= 1;
      }
      position += n;
      sent.addAndGet(n);
      return n;
    }

    @Override
    public void cancel() {
      cancelled = true;
      if (stops) {
        gate.open();
      }
    }

    @Override
    public void close() {}
  }
}
