package dev.cistern.proxy.internal.route;

import dev.cistern.api.Digest;
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
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An upstream whose repositories are known to the cache under names with a prefix: {@code
 * ghcr.io/owner/image} is {@code owner/image} there. Thread-safe if the upstream is.
 *
 * @param prefix with a slash at its end
 */
public record PrefixedUpstream(String prefix, Upstream upstream) implements Upstream {

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
    return upstream.manifest(own(name), reference);
  }

  @Override
  public Optional<ManifestHead> headManifest(RepositoryName name, Reference reference)
      throws RegistryException {
    return upstream.headManifest(own(name), reference);
  }

  @Override
  public UpstreamBlob blob(RepositoryName name, Digest digest, ResumePoint from)
      throws RegistryException {
    return upstream.blob(own(name), digest, from);
  }

  @Override
  public OptionalLong headBlob(RepositoryName name, Digest digest) throws RegistryException {
    return upstream.headBlob(own(name), digest);
  }

  @Override
  public TagList tags(RepositoryName name, Page page) throws RegistryException {
    return upstream.tags(own(name), page);
  }

  @Override
  public ReferrerList referrers(RepositoryName name, Digest subject) throws RegistryException {
    return upstream.referrers(own(name), subject);
  }

  @Override
  public void close() {
    upstream.close();
  }

  private RepositoryName own(RepositoryName name) {
    if (!name.value().startsWith(prefix)) {
      throw new IllegalArgumentException(name + " is not a repository of " + prefix);
    }
    return new RepositoryName(name.value().substring(prefix.length()));
  }
}
