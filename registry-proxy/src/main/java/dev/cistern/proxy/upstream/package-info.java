/**
 * An upstream registry as the cache sees it: one interface, {@link
 * dev.cistern.proxy.upstream.Upstream}, and its values. {@code upstream.http} implements it over
 * HTTP. Others may implement it, or decorate it: see {@link
 * dev.cistern.proxy.upstream.ForwardingUpstream} and {@link
 * dev.cistern.proxy.upstream.ForwardingBlob}.
 */
@NullMarked
package dev.cistern.proxy.upstream;

import org.jspecify.annotations.NullMarked;
