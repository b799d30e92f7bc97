package dev.cistern.proxy.internal.store;

import dev.cistern.api.Descriptor;
import dev.cistern.api.Digest;
import dev.cistern.api.Manifest;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.proxy.policy.ImagePattern;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The content of pinned images: the manifests that their tags name now, and all content that these
 * refer to, as far as it is cached. For one thread.
 */
final class Pins {

  private static final Logger log = LoggerFactory.getLogger(Pins.class);

  /** What a manifest refers to: other manifests, which refer to more, and blobs. */
  private record References(List<Digest> manifests, List<Digest> blobs) {}

  private final ContentStore store;
  private final List<ImagePattern> patterns;

  // A manifest never changes, so it need not be read again at each sweep.
  private Map<Digest, References> known = Map.of();

  Pins(ContentStore store, List<String> patterns) {
    this.store = store;
    this.patterns = patterns.stream().map(ImagePattern::parse).toList();
  }

  /**
   * Finds the content that is pinned now.
   *
   * @throws IOException when storage cannot be read
   */
  Set<Digest> resolve() throws IOException {
    Set<Digest> pinned = new HashSet<>();
    Map<Digest, References> seen = new HashMap<>();
    for (ImagePattern pattern : patterns) {
      for (RepositoryName repository : repositories(pattern)) {
        for (Tag tag : store.tags(repository)) {
          if (pattern.matches(tag)) {
            Optional<Digest> digest = store.tag(repository, tag);
            if (digest.isPresent()) {
              collect(repository, digest.get(), pinned, seen);
            }
          }
        }
      }
    }
    known = seen;
    return pinned;
  }

  private List<RepositoryName> repositories(ImagePattern pattern) throws IOException {
    if (pattern.only().isPresent()) {
      return List.of(pattern.only().get());
    }
    return store.repositories().stream().filter(pattern::matches).toList();
  }

  private void collect(
      RepositoryName repository, Digest root, Set<Digest> pinned, Map<Digest, References> seen)
      throws IOException {
    Deque<Digest> manifests = new ArrayDeque<>();
    manifests.push(root);
    while (!manifests.isEmpty()) {
      Digest digest = manifests.pop();
      pinned.add(digest);
      if (!seen.containsKey(digest)) {
        Optional<References> names = names(repository, digest);
        if (names.isPresent()) {
          seen.put(digest, names.get());
          pinned.addAll(names.get().blobs);
          names.get().manifests.forEach(manifests::push);
        }
      }
    }
  }

  private Optional<References> names(RepositoryName repository, Digest digest) throws IOException {
    References before = known.get(digest);
    if (before != null) {
      return Optional.of(before);
    }
    Optional<StoredManifest> manifest = store.manifest(repository, digest);
    if (manifest.isEmpty()) {
      return Optional.empty();
    }
    try {
      Manifest read = Manifest.read(manifest.get().body());
      return Optional.of(new References(digests(read.manifests()), digests(read.blobs())));
    } catch (RegistryException e) {
      log.debug(
          "Manifest {} of {} cannot be parsed; only the manifest itself is pinned",
          digest,
          repository,
          e);
      return Optional.of(new References(List.of(), List.of()));
    }
  }

  private static List<Digest> digests(List<Descriptor> descriptors) {
    return descriptors.stream().map(Descriptor::digest).toList();
  }
}
