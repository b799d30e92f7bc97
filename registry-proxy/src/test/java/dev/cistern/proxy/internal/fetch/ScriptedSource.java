package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.ErrorCode;
import dev.cistern.api.RegistryException;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.UpstreamBlob;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** An upstream that returns scripted answers in order, and repeats the last one. */
final class ScriptedSource implements BlobSource {

  /** An answer. */
  static final class Part {

    private final byte[] content;
    private final int from;
    private final int to;
    private final long total;
    private final @Nullable String etag;
    private final @Nullable RegistryException ending;

    /**
     * @param from position of its first byte
     * @param to position after its last byte
     * @param total the announced size of the whole, -1 for none
     * @param ending how it breaks off, null when it ends well
     */
    private Part(
        byte[] content,
        int from,
        int to,
        long total,
        @Nullable String etag,
        @Nullable RegistryException ending) {
      this.content = content;
      this.from = from;
      this.to = to;
      this.total = total;
      this.etag = etag;
      this.ending = ending;
    }

    Part breakingOffAt(int position) {
      return new Part(
          content,
          from,
          position,
          total,
          etag,
          new RegistryException(ErrorCode.BAD_GATEWAY, "broken off"));
    }

    Part announcing(long size) {
      return new Part(content, from, to, size, etag, ending);
    }

    Part tagged(String tag) {
      return new Part(content, from, to, total, tag, ending);
    }
  }

  final List<ResumePoint> asked = new ArrayList<>();
  private final Deque<Object> answers = new ArrayDeque<>();

  static Part part(byte[] content, int from) {
    return new Part(content, from, content.length, content.length, null, null);
  }

  ScriptedSource then(Part part) {
    answers.add(part);
    return this;
  }

  ScriptedSource then(RegistryException refusal) {
    answers.add(refusal);
    return this;
  }

  @Override
  public String name() {
    return "registry.example";
  }

  @Override
  public UpstreamBlob open(ResumePoint from) throws RegistryException {
    asked.add(from);
    Object answer = answers.size() > 1 ? answers.remove() : answers.element();
    if (answer instanceof RegistryException refusal) {
      throw refusal;
    }
    return new Body((Part) answer);
  }

  private static final class Body implements UpstreamBlob {

    private final Part part;
    private int position;

    Body(Part part) {
      this.part = part;
      position = part.from;
    }

    @Override
    public OptionalLong totalLength() {
      return part.total < 0 ? OptionalLong.empty() : OptionalLong.of(part.total);
    }

    @Override
    public long start() {
      return part.from;
    }

    @Override
    public Optional<String> etag() {
      return Optional.ofNullable(part.etag);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws RegistryException {
      int n = Math.min(length, part.to - position);
      if (n <= 0) {
        if (part.ending != null) {
          throw part.ending;
        }
        return -1;
      }
      System.arraycopy(part.content, position, buffer, offset, n);
      position += n;
      return n;
    }

    @Override
    public void cancel() {}

    @Override
    public void close() {}
  }
}
