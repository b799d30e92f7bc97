/**
 * What the cache hands out. {@link dev.cistern.proxy.content.BlobContent} is the bytes of a blob,
 * stored or still being fetched, and {@link dev.cistern.proxy.content.BlobInputStream} reads them
 * from a thread that may wait; {@link dev.cistern.proxy.content.ManifestContent} is a whole
 * manifest. Each says by its {@link dev.cistern.proxy.event.CacheStatus} how the cache came to it.
 */
@NullMarked
package dev.cistern.proxy.content;

import org.jspecify.annotations.NullMarked;
