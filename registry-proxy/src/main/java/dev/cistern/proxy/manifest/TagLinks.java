package dev.cistern.proxy.manifest;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.api.Tag;
import dev.cistern.storage.content.ContentStore;
import java.io.IOException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps in storage what tags last meant. A link is written only once the manifest that it names is
 * stored, so that until then the tag still leads to its last complete answer. For use by one thread
 * at a time.
 */
public final class TagLinks {

  private static final Logger log = LoggerFactory.getLogger(TagLinks.class);
  private static final int MAX_AWAITED = 10_000;

  private record Target(RepositoryName repository, Digest digest) {}

  private final ContentStore store;
  private final Cache<Target, Set<Tag>> awaitingManifest =
      CacheBuilder.newBuilder().maximumSize(MAX_AWAITED).build();

  public TagLinks(ContentStore store) {
    this.store = store;
  }

  /**
   * The upstream says that the tag names this digest: writes that down now or as soon as it may.
   */
  void confirmed(RepositoryName repository, Tag tag, Digest digest) {
    try {
      if (store.tag(repository, tag).equals(Optional.of(digest))) {
        return;
      }
      if (store.manifest(repository, digest).isPresent()) {
        store.tag(repository, tag, digest);
      } else {
        await(new Target(repository, digest), tag);
      }
    } catch (IOException | RuntimeException e) {
      log.warn("Tag {} of {} could not be stored: {}", tag, repository, e.toString());
    }
  }

  private void await(Target target, Tag tag) {
    Set<Tag> tags = awaitingManifest.getIfPresent(target);
    if (tags == null) {
      tags = new HashSet<>();
      awaitingManifest.put(target, tags);
    }
    tags.add(tag);
  }

  /** The manifest can be read from storage: writes the links that waited for it. */
  void manifestStored(RepositoryName repository, Digest digest) throws IOException {
    Target target = new Target(repository, digest);
    @Nullable Set<Tag> tags = awaitingManifest.getIfPresent(target);
    if (tags != null) {
      awaitingManifest.invalidate(target);
      for (Tag tag : tags) {
        store.tag(repository, tag, digest);
      }
    }
  }
}
