package dev.cistern.proxy.internal.pull;

import dev.cistern.proxy.upstream.ManifestHead;

/**
 * What the upstream says that a tag names.
 *
 * @param origin how it was asked
 */
record TagAnswer(ManifestHead manifest, Origin origin) {

  enum Origin {
    /** By HEAD: the manifest itself may not be cached. */
    CHECKED,
    /** By GET, since the upstream does not answer HEAD: the manifest was fetched with it. */
    FETCHED
  }
}
