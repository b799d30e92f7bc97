package dev.cistern.proxy.internal.route;

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
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Registries with the same content, asked in order until one answers. Only a failure leads to the
 * next one: what a registry does not have, it does not have. If all fail, the failure is that of
 * the first, also when a later one says that the content does not exist, since it may lag behind.
 * Thread-safe if the registries are.
 */
public final class FallbackUpstream implements Upstream {

  private final List<Upstream> registries;

  private FallbackUpstream(List<Upstream> registries) {
    this.registries = List.copyOf(registries);
  }

  /**
   * Registries in the order in which they are asked.
   *
   * @param registries at least one; owned by the result
   */
  public static Upstream of(List<Upstream> registries) {
    return registries.size() == 1 ? registries.get(0) : new FallbackUpstream(registries);
  }

  @Override
  public String name() {
    return registries.get(0).name();
  }

  @Override
  public Optional<UpstreamException> refusal(Target target) {
    Optional<UpstreamException> first = Optional.empty();
    for (Upstream registry : registries) {
      Optional<UpstreamException> refusal = registry.refusal(target);
      if (refusal.isEmpty()) {
        return refusal;
      }
      first = first.isPresent() ? first : refusal;
    }
    return first;
  }

  @Override
  public UpstreamManifest manifest(RepositoryName name, Reference reference)
      throws RegistryException {
    return firstAnswer(registry -> registry.manifest(name, reference));
  }

  @Override
  public Optional<ManifestHead> headManifest(RepositoryName name, Reference reference)
      throws RegistryException {
    return firstAnswer(registry -> registry.headManifest(name, reference));
  }

  @Override
  public UpstreamBlob blob(RepositoryName name, Digest digest, ResumePoint from)
      throws RegistryException {
    // Each registry has other entity tags for the same bytes, which the digest names already.
    ResumePoint start = ResumePoint.at(from.position());
    ResumePoint position = from.end().isPresent() ? start.upTo(from.end().getAsLong()) : start;
    return firstAnswer(registry -> registry.blob(name, digest, position));
  }

  @Override
  public OptionalLong headBlob(RepositoryName name, Digest digest) throws RegistryException {
    return firstAnswer(registry -> registry.headBlob(name, digest));
  }

  @Override
  public TagList tags(RepositoryName name, Page page) throws RegistryException {
    return firstAnswer(registry -> registry.tags(name, page));
  }

  @Override
  public ReferrerList referrers(RepositoryName name, Digest subject) throws RegistryException {
    Upstream first = registries.get(0);
    return firstAnswer(
        registry -> {
          ReferrerList list = registry.referrers(name, subject);
          if (registry != first && list.count() == 0) {
            throw new RegistryException(
                ErrorCode.MANIFEST_UNKNOWN,
                "The fallback " + registry.name() + " has no referrers of " + subject);
          }
          return list;
        });
  }

  @Override
  public void close() {
    registries.forEach(Upstream::close);
  }

  private interface Question<V> {
    V ask(Upstream registry) throws RegistryException;
  }

  private <V> V firstAnswer(Question<V> question) throws RegistryException {
    RegistryException failure;
    try {
      return question.ask(registries.get(0));
    } catch (RegistryException e) {
      if (!isFailure(e.code())) {
        throw e;
      }
      failure = e;
    }
    for (Upstream registry : registries.subList(1, registries.size())) {
      try {
        return question.ask(registry);
      } catch (RegistryException e) {
        failure.addSuppressed(e);
      }
    }
    throw failure;
  }

  /** Whether another registry with the same content may answer better. */
  private static boolean isFailure(ErrorCode code) {
    return switch (code) {
      case BAD_GATEWAY,
          GATEWAY_TIMEOUT,
          TOOMANYREQUESTS,
          DENIED,
          RANGE_INVALID,
          REQUEST_REFUSED,
          MANIFEST_INVALID ->
          true;
      default -> false;
    };
  }
}
