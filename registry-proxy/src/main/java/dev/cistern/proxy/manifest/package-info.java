/**
 * Manifests and what tags mean. {@link dev.cistern.proxy.manifest.Manifests} answers manifests by
 * digest, from storage or the upstream; {@link dev.cistern.proxy.manifest.Tags} asks the upstream
 * what a tag names now, and falls back on what it last named when the upstream cannot say.
 */
@NullMarked
package dev.cistern.proxy.manifest;

import org.jspecify.annotations.NullMarked;
