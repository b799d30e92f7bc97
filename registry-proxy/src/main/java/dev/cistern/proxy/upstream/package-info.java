/**
 * An upstream registry as the cache sees it: one interface, {@link
 * dev.cistern.proxy.upstream.Upstream}, and its values. {@code upstream.http} implements it over
 * HTTP; other implementations and decorators are possible.
 */
@NullMarked
package dev.cistern.proxy.upstream;

import org.jspecify.annotations.NullMarked;
