package dev.cistern.proxy.crash;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.Page;
import dev.cistern.api.Reference;
import dev.cistern.api.ReferrerList;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.upstream.ManifestHead;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.TagList;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.proxy.upstream.UpstreamManifest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** An upstream that sends only as many bytes of each blob as a test allows. */
final class SteppedUpstream implements Upstream {

  private final Map<Digest, byte[]> contents;

  // Guarded by this.
  private final Map<Digest, Integer> allowed = new HashMap<>();
  private final Map<Digest, Integer> transfers = new HashMap<>();
  private int most;
  private boolean closed;

  SteppedUpstream(Map<Digest, byte[]> contents) {
    this.contents = contents;
  }

  @Override
  public Optional<UpstreamException> refusal(Target target) {
    return Optional.empty();
  }

  private byte[] content(Digest digest) {
    return Objects.requireNonNull(contents.get(digest));
  }

  private synchronized int limit(Digest digest) {
    return allowed.getOrDefault(digest, 0);
  }

  /** Lets the blob be sent up to a position. */
  synchronized void allow(Digest digest, int position) {
    allowed.merge(digest, position, Math::max);
    notifyAll();
  }

  /** What is being transferred and has not been let to its end. */
  synchronized List<Digest> held() {
    return transfers.entrySet().stream()
        .filter(transfer -> transfer.getValue() > 0)
        .map(Map.Entry::getKey)
        .filter(digest -> limit(digest) < content(digest).length)
        .toList();
  }

  synchronized boolean isTransferring(Digest digest) {
    return transfers.getOrDefault(digest, 0) > 0;
  }

  /** What has been transferred, or is. */
  synchronized Set<Digest> started() {
    return Set.copyOf(transfers.keySet());
  }

  /** How many transfers of one blob there have been at one time, at most. */
  synchronized int mostAtOnce() {
    return most;
  }

  @Override
  public String name() {
    return "stepped";
  }

  @Override
  public synchronized UpstreamBlob blob(RepositoryName name, Digest digest, ResumePoint from)
      throws RegistryException {
    requireOpen();
    if (from.position() >= content(digest).length) {
      throw new RegistryException(ErrorCode.RANGE_INVALID, "there is no more");
    }
    int running = transfers.merge(digest, 1, Integer::sum);
    most = Math.max(most, running);
    if (running == 1) {
      allowed.put(digest, (int) from.position());
    }
    return new Sending(digest, (int) from.position());
  }

  private void requireOpen() throws RegistryException {
    if (closed) {
      throw new RegistryException(ErrorCode.UNAVAILABLE, "the upstream is closed");
    }
  }

  @Override
  public synchronized OptionalLong headBlob(RepositoryName name, Digest digest)
      throws RegistryException {
    requireOpen();
    return OptionalLong.of(content(digest).length);
  }

  @Override
  public UpstreamManifest manifest(RepositoryName name, Reference reference)
      throws RegistryException {
    throw new RegistryException(ErrorCode.MANIFEST_UNKNOWN, "there are none");
  }

  @Override
  public Optional<ManifestHead> headManifest(RepositoryName name, Reference reference) {
    return Optional.empty();
  }

  @Override
  public TagList tags(RepositoryName name, Page page) throws RegistryException {
    throw new RegistryException(ErrorCode.NAME_UNKNOWN, "there are none");
  }

  @Override
  public ReferrerList referrers(RepositoryName name, Digest subject) {
    return ReferrerList.EMPTY;
  }

  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }

  private final class Sending implements UpstreamBlob {

    private final Digest digest;
    private final int start;
    private int position;
    private boolean ended;

    Sending(Digest digest, int start) {
      this.digest = digest;
      this.start = start;
      position = start;
    }

    @Override
    public OptionalLong totalLength() {
      return OptionalLong.of(content(digest).length);
    }

    @Override
    public long start() {
      return start;
    }

    @Override
    public Optional<String> etag() {
      return Optional.empty();
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws RegistryException {
      synchronized (SteppedUpstream.this) {
        byte[] content = content(digest);
        while (position < content.length && limit(digest) <= position) {
          requireOpen();
          if (ended) {
            throw new RegistryException(ErrorCode.UNAVAILABLE, "the transfer was cancelled");
          }
          try {
            SteppedUpstream.this.wait();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RegistryException(ErrorCode.UNAVAILABLE, "interrupted", e);
          }
        }
        int count = Math.min(length, Math.min(limit(digest), content.length) - position);
        if (position == content.length) {
          return -1;
        }
        System.arraycopy(content, position, buffer, offset, count);
        position += count;
        return count;
      }
    }

    @Override
    public void cancel() {
      synchronized (SteppedUpstream.this) {
        ended = true;
        SteppedUpstream.this.notifyAll();
      }
    }

    @Override
    public void close() {
      synchronized (SteppedUpstream.this) {
        transfers.merge(digest, -1, Integer::sum);
      }
    }
  }
}
