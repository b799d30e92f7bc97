package dev.cistern.proxy.internal.guard;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.Page;
import dev.cistern.api.Reference;
import dev.cistern.api.ReferrerList;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.internal.memory.Bytes;
import dev.cistern.proxy.internal.memory.PooledCache;
import dev.cistern.proxy.upstream.ForwardingUpstream;
import dev.cistern.proxy.upstream.ManifestHead;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.TagList;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.proxy.upstream.UpstreamManifest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * An upstream that is not asked again, for a short time, for content that it does not have.
 * Remembers as much as there is memory for. Thread-safe.
 */
final class NegativeCachingUpstream extends ForwardingUpstream {

  /**
   * What was requested: a manifest and a blob of the same digest are different. So are HEAD and
   * GET: registries exist that answer HEAD with 404 and GET with the content.
   */
  private record Question(Kind kind, RepositoryName repository, Object name) {

    long bytes() {
      return Bytes.RECORD
          + Bytes.of(repository)
          + (name instanceof Digest ? Bytes.DIGEST : 2 * Bytes.of(name.toString()));
    }
  }

  private enum Kind {
    MANIFEST,
    MANIFEST_HEAD,
    BLOB,
    BLOB_HEAD,
    TAGS,
    REFERRERS
  }

  @FunctionalInterface
  private interface Call<V> {
    V make() throws RegistryException;
  }

  private final Duration memory;
  private final PooledCache<Question, RegistryException> absent;

  /**
   * Wraps an upstream, and closes it when this is closed.
   *
   * @param memory how long to remember that content does not exist; zero: do not remember
   */
  NegativeCachingUpstream(Upstream upstream, Duration memory, InstantSource clock) {
    super(upstream);
    this.memory = memory;
    absent =
        new PooledCache<>(
            (question, absence) -> question.bytes() + Bytes.of(absence),
            memory,
            () -> TimeUnit.MILLISECONDS.toNanos(clock.millis()));
  }

  private <V> V ask(Question question, Call<V> call) throws RegistryException {
    RegistryException known = absent.get(question);
    if (known != null) {
      throw known;
    }
    try {
      return call.make();
    } catch (RegistryException e) {
      if (!memory.isZero() && isAbsence(e.code())) {
        absent.put(question, e);
      }
      throw e;
    }
  }

  private static boolean isAbsence(ErrorCode code) {
    return switch (code) {
      case BLOB_UNKNOWN, MANIFEST_UNKNOWN, NAME_UNKNOWN -> true;
      default -> false;
    };
  }

  @Override
  public UpstreamManifest manifest(RepositoryName repository, Reference reference)
      throws RegistryException {
    return ask(
        new Question(Kind.MANIFEST, repository, reference),
        () -> delegate().manifest(repository, reference));
  }

  @Override
  public Optional<ManifestHead> headManifest(RepositoryName repository, Reference reference)
      throws RegistryException {
    return ask(
        new Question(Kind.MANIFEST_HEAD, repository, reference),
        () -> delegate().headManifest(repository, reference));
  }

  @Override
  public UpstreamBlob blob(RepositoryName repository, Digest digest, ResumePoint from)
      throws RegistryException {
    // That a resume fails says nothing about the blob itself.
    return from.position() > 0 || from.end().isPresent()
        ? delegate().blob(repository, digest, from)
        : ask(
            new Question(Kind.BLOB, repository, digest),
            () -> delegate().blob(repository, digest, from));
  }

  @Override
  public OptionalLong headBlob(RepositoryName repository, Digest digest) throws RegistryException {
    return ask(
        new Question(Kind.BLOB_HEAD, repository, digest),
        () -> delegate().headBlob(repository, digest));
  }

  @Override
  public TagList tags(RepositoryName repository, Page page) throws RegistryException {
    return ask(new Question(Kind.TAGS, repository, page), () -> delegate().tags(repository, page));
  }

  @Override
  public ReferrerList referrers(RepositoryName repository, Digest subject)
      throws RegistryException {
    return ask(
        new Question(Kind.REFERRERS, repository, subject),
        () -> delegate().referrers(repository, subject));
  }
}
