package dev.cistern.proxy.maintenance;

import dev.cistern.api.Digest;
import dev.cistern.api.Tag;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;

/**
 * What a store has of a tag.
 *
 * @param digest of the manifest that it names
 * @param set when the tag was last set to another manifest
 * @param bytes the sizes of the manifest and of all that it names, as far as they are cached
 * @param lastUse when the manifest was used last; empty if it is not cached
 */
public record TagSummary(
    Tag tag, Digest digest, Optional<Instant> set, long bytes, Optional<Instant> lastUse) {

  public TagSummary {
    Objects.requireNonNull(tag, "tag");
    Objects.requireNonNull(digest, "digest");
    Objects.requireNonNull(set, "set");
    Objects.requireNonNull(lastUse, "lastUse");
  }
}
