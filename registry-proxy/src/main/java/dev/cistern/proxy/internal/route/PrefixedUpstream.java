package dev.cistern.proxy.internal.route;

import dev.cistern.api.Digest;
import dev.cistern.api.Page;
import dev.cistern.api.Reference;
import dev.cistern.api.ReferrerList;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.upstream.ForwardingUpstream;
import dev.cistern.proxy.upstream.ManifestHead;
import dev.cistern.proxy.upstream.ResumePoint;
import dev.cistern.proxy.upstream.TagList;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.proxy.upstream.UpstreamBlob;
import dev.cistern.proxy.upstream.UpstreamManifest;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An upstream whose repositories are known to the cache under names with a prefix: {@code
 * ghcr.io/owner/image} is {@code owner/image} there. Thread-safe if the upstream is.
 */
public final class PrefixedUpstream extends ForwardingUpstream {

  private final String prefix;

  /**
   * Wraps an upstream, and closes it when this is closed.
   *
   * @param prefix with a slash at its end
   */
  public PrefixedUpstream(String prefix, Upstream upstream) {
    super(upstream);
    this.prefix = prefix;
  }

  @Override
  public UpstreamManifest manifest(RepositoryName name, Reference reference)
      throws RegistryException {
    return delegate().manifest(own(name), reference);
  }

  @Override
  public Optional<ManifestHead> headManifest(RepositoryName name, Reference reference)
      throws RegistryException {
    return delegate().headManifest(own(name), reference);
  }

  @Override
  public UpstreamBlob blob(RepositoryName name, Digest digest, ResumePoint from)
      throws RegistryException {
    return delegate().blob(own(name), digest, from);
  }

  @Override
  public OptionalLong headBlob(RepositoryName name, Digest digest) throws RegistryException {
    return delegate().headBlob(own(name), digest);
  }

  @Override
  public TagList tags(RepositoryName name, Page page) throws RegistryException {
    return delegate().tags(own(name), page);
  }

  @Override
  public ReferrerList referrers(RepositoryName name, Digest subject) throws RegistryException {
    return delegate().referrers(own(name), subject);
  }

  private RepositoryName own(RepositoryName name) {
    if (!name.value().startsWith(prefix)) {
      throw new IllegalArgumentException(name + " is not a repository of " + prefix);
    }
    return new RepositoryName(name.value().substring(prefix.length()));
  }
}
