/**
 * What the cache hands out. {@link dev.cistern.proxy.content.BlobContent} is the bytes of a blob,
 * whether they lie in storage or are still on their way, and {@link
 * dev.cistern.proxy.content.BlobInputStream} reads them from a thread that may wait; {@link
 * dev.cistern.proxy.content.ManifestContent} is a manifest, whole; {@link
 * dev.cistern.proxy.content.Freshness} says whether the upstream confirmed what a tag means.
 */
@NullMarked
package dev.cistern.proxy.content;

import org.jspecify.annotations.NullMarked;
