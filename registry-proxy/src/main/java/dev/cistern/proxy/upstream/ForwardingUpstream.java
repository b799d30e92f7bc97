package dev.cistern.proxy.upstream;

import dev.cistern.api.Digest;
import dev.cistern.api.Page;
import dev.cistern.api.Reference;
import dev.cistern.api.ReferrerList;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Passes every call on to another upstream, which it owns. Extend it to change some of them.
 * Thread-safe if the upstream is.
 */
public abstract class ForwardingUpstream implements Upstream {

  private final Upstream upstream;

  /** Owns the upstream: it is closed with this. */
  protected ForwardingUpstream(Upstream upstream) {
    this.upstream = Objects.requireNonNull(upstream);
  }

  /** What the calls are passed on to. */
  protected final Upstream delegate() {
    return upstream;
  }

  @Override
  public String name() {
    return upstream.name();
  }

  @Override
  public Optional<UpstreamException> refusal(Target target) {
    return upstream.refusal(target);
  }

  @Override
  public UpstreamManifest manifest(RepositoryName name, Reference reference)
      throws RegistryException {
    return upstream.manifest(name, reference);
  }

  @Override
  public Optional<ManifestHead> headManifest(RepositoryName name, Reference reference)
      throws RegistryException {
    return upstream.headManifest(name, reference);
  }

  @Override
  public UpstreamBlob blob(RepositoryName name, Digest digest, ResumePoint from)
      throws RegistryException {
    return upstream.blob(name, digest, from);
  }

  @Override
  public OptionalLong headBlob(RepositoryName name, Digest digest) throws RegistryException {
    return upstream.headBlob(name, digest);
  }

  @Override
  public TagList tags(RepositoryName name, Page page) throws RegistryException {
    return upstream.tags(name, page);
  }

  @Override
  public ReferrerList referrers(RepositoryName name, Digest subject) throws RegistryException {
    return upstream.referrers(name, subject);
  }

  @Override
  public void close() {
    upstream.close();
  }
}
