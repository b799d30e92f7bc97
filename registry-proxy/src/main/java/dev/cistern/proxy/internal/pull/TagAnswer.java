package dev.cistern.proxy.internal.pull;

import dev.cistern.proxy.upstream.ManifestHead;

/**
 * The manifest that a tag names, as the upstream answered.
 *
 * @param origin how it was asked
 */
record TagAnswer(ManifestHead manifest, Origin origin) {

  enum Origin {
    /** By HEAD: the manifest itself may not be cached yet. */
    CHECKED,
    /** By GET, because the upstream does not answer HEAD: the manifest was fetched too. */
    FETCHED
  }
}
