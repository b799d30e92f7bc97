/**
 * A store that several caches share and that is behind a network, such as a bucket. The cache
 * itself works on a local directory; {@link dev.cistern.proxy.internal.shared.SharedStore} is a
 * source that is asked before the upstream, and gets what was fetched from the upstream.
 *
 * <p>No client waits for it for longer than a deadline. {@code StoreGate} ends calls that take too
 * long, and asks nothing while the store is failing. {@code SharedBlob} goes on from the upstream
 * when the store fails, stops or is slow in the middle of a blob.
 */
@NullMarked
package dev.cistern.proxy.internal.shared;

import org.jspecify.annotations.NullMarked;
