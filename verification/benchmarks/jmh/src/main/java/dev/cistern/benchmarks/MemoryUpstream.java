package dev.cistern.benchmarks;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.MediaType;
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
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/** An upstream that has one manifest, which every tag names, and blobs, all in memory. */
final class MemoryUpstream implements Upstream {

  private final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();
  private final byte[] manifest;
  private final MediaType type;

  MemoryUpstream(byte[] manifest, MediaType type) {
    this.manifest = manifest.clone();
    this.type = type;
  }

  /** Has one more blob. The bytes are not copied. */
  Digest add(byte[] blob) {
    Digest digest = Digest.sha256(blob);
    blobs.put(digest, blob);
    return digest;
  }

  void remove(Digest digest) {
    blobs.remove(digest);
  }

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public Optional<UpstreamException> refusal(Target target) {
    return Optional.empty();
  }

  @Override
  public UpstreamManifest manifest(RepositoryName name, Reference reference) {
    return new UpstreamManifest(Digest.sha256(manifest), type, ByteBuffer.wrap(manifest));
  }

  @Override
  public Optional<ManifestHead> headManifest(RepositoryName name, Reference reference) {
    return Optional.of(
        new ManifestHead(
            Digest.sha256(manifest), Optional.of(type), OptionalLong.of(manifest.length)));
  }

  @Override
  public UpstreamBlob blob(RepositoryName name, Digest digest, ResumePoint from)
      throws RegistryException {
    return new MemoryBlob(bytes(digest), from.position());
  }

  @Override
  public OptionalLong headBlob(RepositoryName name, Digest digest) throws RegistryException {
    return OptionalLong.of(bytes(digest).length);
  }

  private byte[] bytes(Digest digest) throws RegistryException {
    byte[] bytes = blobs.get(digest);
    if (bytes == null) {
      throw new RegistryException(ErrorCode.BLOB_UNKNOWN, "There is no blob " + digest);
    }
    return bytes;
  }

  @Override
  public TagList tags(RepositoryName name, Page page) throws RegistryException {
    throw new RegistryException(ErrorCode.UNSUPPORTED, "There is no list of tags");
  }

  @Override
  public ReferrerList referrers(RepositoryName name, Digest subject) {
    return ReferrerList.EMPTY;
  }

  @Override
  public void close() {}

  private static final class MemoryBlob implements UpstreamBlob {

    private final byte[] bytes;
    private final long start;
    private int position;

    MemoryBlob(byte[] bytes, long start) {
      this.bytes = bytes;
      this.start = start;
      this.position = Math.toIntExact(start);
    }

    @Override
    public OptionalLong totalLength() {
      return OptionalLong.of(bytes.length);
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
    public int read(byte[] buffer, int offset, int length) {
      int count = Math.min(length, bytes.length - position);
      if (count == 0) {
        return -1;
      }
      System.arraycopy(bytes, position, buffer, offset, count);
      position += count;
      return count;
    }

    @Override
    public void cancel() {}

    @Override
    public void close() {}
  }
}
