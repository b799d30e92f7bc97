/**
 * The answers of the cache. {@link dev.cistern.proxy.content.BlobContent} is the bytes of a blob,
 * stored or being fetched, and {@link dev.cistern.proxy.content.BlobInputStream} reads them on a
 * thread that may block; {@link dev.cistern.proxy.content.ManifestContent} is a complete manifest.
 * Each has a {@link dev.cistern.proxy.event.CacheStatus}, which says how the cache handled the
 * request.
 */
@NullMarked
package dev.cistern.proxy.content;

import org.jspecify.annotations.NullMarked;
