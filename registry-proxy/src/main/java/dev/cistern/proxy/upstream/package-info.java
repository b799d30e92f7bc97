/**
 * The client of one upstream registry, as values and one interface.
 *
 * <p>{@link dev.cistern.proxy.upstream.Upstreams#connect} turns an {@link
 * dev.cistern.proxy.upstream.UpstreamConfig} into an {@link dev.cistern.proxy.upstream.Upstream}:
 * blocking calls for manifests, blobs and tag lists, each of which answers or throws a {@link
 * dev.cistern.api.RegistryException} that names the upstream and the cause. Decorators may stand in
 * front.
 *
 * <p>Inside, from the outside in: {@code HttpUpstream} knows the routes of the distribution
 * specification; {@code Authorizer} answers challenges with {@code BearerTokens} or Basic
 * credentials; {@code RedirectLoop} follows redirects and decides who sees {@code Authorization};
 * {@code Transport} holds the HTTP client, its deadlines and its open calls, which {@code
 * ClientTls} and {@code ProxyRouting} make speak TLS and use proxies as configured; {@code
 * UpstreamErrors} is the one place where answers and exceptions of the network become errors of the
 * registry. This is the only package that knows OkHttp.
 *
 * <p>A blob being read is an {@code HttpBlob}, watched for trickling ({@code TrickleWatch}), in a
 * {@code ThrottledBlob} where bandwidth is limited. Limits on pulls that the upstream tells go to a
 * {@link dev.cistern.proxy.upstream.RateLimitListener}.
 */
@NullMarked
package dev.cistern.proxy.upstream;

import org.jspecify.annotations.NullMarked;
