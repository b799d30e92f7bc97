package dev.cistern.proxy.internal.pull;

import dev.cistern.proxy.content.Freshness;
import dev.cistern.proxy.upstream.ManifestHead;
import dev.cistern.storage.content.StoredManifest;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a tag means.
 *
 * @param manifest that it names
 * @param content of that, where it is at hand already
 * @param freshness whether the upstream said so just now
 */
public record ResolvedTag(
    ManifestHead manifest, Optional<StoredManifest> content, Freshness freshness) {

  static ResolvedTag confirmed(ManifestHead manifest) {
    return new ResolvedTag(manifest, Optional.empty(), Freshness.FRESH);
  }

  static ResolvedTag stale(StoredManifest manifest, Freshness.Stale freshness) {
    return new ResolvedTag(headOf(manifest), Optional.of(manifest), freshness);
  }

  static ManifestHead headOf(StoredManifest manifest) {
    return new ManifestHead(
        manifest.digest(), Optional.of(manifest.mediaType()), OptionalLong.of(manifest.size()));
  }
}
