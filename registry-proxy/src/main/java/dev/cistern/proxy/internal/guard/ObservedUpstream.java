package dev.cistern.proxy.internal.guard;

import dev.cistern.api.Digest;
import dev.cistern.api.ErrorCode;
import dev.cistern.api.Page;
import dev.cistern.api.Reference;
import dev.cistern.api.ReferrerList;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.event.UpstreamCall;
import dev.cistern.proxy.internal.concurrent.LastStatus;
import dev.cistern.proxy.internal.concurrent.UpstreamWork;
import dev.cistern.proxy.upstream.ForwardingUpstream;
import dev.cistern.proxy.upstream.ManifestHead;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.TagList;
import dev.cistern.proxy.upstream.Target;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.proxy.upstream.UpstreamException;
import dev.cistern.proxy.upstream.UpstreamException.Kind;
import dev.cistern.proxy.upstream.UpstreamManifest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports every call of an upstream to a listener, and logs failures. It wraps the upstream
 * directly, so that it sees only calls that are really made. Whatever a call throws leaves it as a
 * failure of the upstream. Thread-safe.
 */
final class ObservedUpstream extends ForwardingUpstream {

  private static final Logger log = LoggerFactory.getLogger(ObservedUpstream.class);

  @FunctionalInterface
  private interface Call<V> {
    V make() throws RegistryException;
  }

  private final CacheListener listener;
  private final UpstreamFailureLog failures;

  /** Observes an upstream, and closes it when this is closed. */
  ObservedUpstream(Upstream upstream, CacheListener listener, InstantSource clock) {
    super(upstream);
    this.listener = listener;
    failures = new UpstreamFailureLog(upstream.name(), clock);
  }

  private <V> V observe(UpstreamCall call, Call<V> made) throws RegistryException {
    long start = System.nanoTime();
    OptionalInt unused = LastStatus.take();
    listener.upstreamStarted(call);
    try {
      V answer = UpstreamWork.causedBy(call, made::make);
      listener.upstreamAnswered(call, LastStatus.take(), since(start));
      return answer;
    } catch (UpstreamException e) {
      throw failed(call, e, start);
    } catch (RegistryException e) {
      // Each call that has begun ends, also one of an upstream that says little about its failures.
      UpstreamException unusedFailure = failed(call, untyped(name(), call.target(), e), start);
      throw e;
    } catch (RuntimeException e) {
      throw failed(call, unreadable(name(), call.target(), e), start);
    }
  }

  private UpstreamException failed(UpstreamCall call, UpstreamException failure, long start) {
    OptionalInt status = LastStatus.take();
    listener.upstreamFailed(
        call, status.isPresent() ? status : failure.status(), failure, since(start));
    failures.report(failure);
    return failure;
  }

  /**
   * The failure when an upstream's client throws what only programming errors should cause. The
   * upstream's answer led to it, so it is the upstream's failure: a stale answer may be given.
   */
  static UpstreamException unreadable(String upstream, Target target, RuntimeException cause) {
    log.debug("Could not read an answer of upstream {} about {}", upstream, target, cause);
    return UpstreamException.builder(
            Kind.PROTOCOL,
            ErrorCode.BAD_GATEWAY,
            upstream,
            target,
            "its answer cannot be read (" + cause.getClass().getSimpleName() + ")")
        .cause(cause)
        .build();
  }

  private static UpstreamException untyped(
      String upstream, Target target, RegistryException cause) {
    return UpstreamException.builder(
            Kind.PROTOCOL, cause.code(), upstream, target, String.valueOf(cause.getMessage()))
        .cause(cause)
        .build();
  }

  static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private UpstreamCall call(UpstreamCall.Kind kind, Target target) {
    return new UpstreamCall(name(), kind, target, UpstreamWork.cause());
  }

  @Override
  public UpstreamManifest manifest(RepositoryName repository, Reference reference)
      throws RegistryException {
    UpstreamCall call = call(UpstreamCall.Kind.MANIFEST, Target.manifest(repository, reference));
    UpstreamManifest manifest = observe(call, () -> delegate().manifest(repository, reference));
    listener.bodyReceived(call, manifest.body().remaining(), Duration.ZERO);
    return manifest;
  }

  @Override
  public Optional<ManifestHead> headManifest(RepositoryName repository, Reference reference)
      throws RegistryException {
    return observe(
        call(UpstreamCall.Kind.MANIFEST_HEAD, Target.manifestHead(repository, reference)),
        () -> delegate().headManifest(repository, reference));
  }

  @Override
  public UpstreamBlob blob(RepositoryName repository, Digest digest, ResumePoint from)
      throws RegistryException {
    UpstreamCall call = call(UpstreamCall.Kind.BLOB, Target.blob(repository, digest));
    UpstreamBlob blob = observe(call, () -> delegate().blob(repository, digest, from));
    return new ObservedBlob(blob, call, listener, failures);
  }

  @Override
  public OptionalLong headBlob(RepositoryName repository, Digest digest) throws RegistryException {
    return observe(
        call(UpstreamCall.Kind.BLOB_HEAD, Target.blobHead(repository, digest)),
        () -> delegate().headBlob(repository, digest));
  }

  @Override
  public TagList tags(RepositoryName repository, Page page) throws RegistryException {
    return observe(
        call(UpstreamCall.Kind.TAGS, Target.tags(repository)),
        () -> delegate().tags(repository, page));
  }

  @Override
  public ReferrerList referrers(RepositoryName repository, Digest subject)
      throws RegistryException {
    UpstreamCall call = call(UpstreamCall.Kind.REFERRERS, Target.referrers(repository, subject));
    ReferrerList list = observe(call, () -> delegate().referrers(repository, subject));
    listener.bodyReceived(call, list.body().remaining(), Duration.ZERO);
    return list;
  }
}
