/**
 * Manifests and small blobs in memory. {@link dev.cistern.proxy.hot.HotContent} answers for what is
 * asked for often at the price of a look into a map, so that such a request needs no thread but the
 * one that it came on.
 */
@NullMarked
package dev.cistern.proxy.hot;

import org.jspecify.annotations.NullMarked;
