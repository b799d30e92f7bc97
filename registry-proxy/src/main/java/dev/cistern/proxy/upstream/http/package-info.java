/**
 * The HTTP client of an upstream registry.
 *
 * <p>{@link dev.cistern.proxy.upstream.http.Upstreams#connect} turns an {@link
 * dev.cistern.proxy.upstream.http.UpstreamConfig} into an {@link
 * dev.cistern.proxy.upstream.Upstream}: blocking calls for manifests, blobs and tag lists. A failed
 * call throws a {@link dev.cistern.api.RegistryException} that names the upstream and the cause.
 *
 * <p>From the outside in: {@code HttpUpstream} knows the routes of the distribution specification;
 * {@code Authorizer} answers challenges with {@code BearerTokens} or Basic credentials; {@code
 * RedirectLoop} follows redirects and decides which hosts get {@code Authorization}; {@code
 * Transport} has the HTTP client, its deadlines and its open calls. {@code ClientTls} and {@code
 * ProxyRouting} configure TLS and proxies. {@code UpstreamErrors} maps answers and exceptions to
 * errors of the registry. Only this package uses OkHttp.
 *
 * <p>A blob is an {@code HttpBlob}, checked for its speed ({@code TrickleWatch}), in a {@code
 * ThrottledBlob} when the bandwidth is limited.
 */
@NullMarked
package dev.cistern.proxy.upstream.http;

import org.jspecify.annotations.NullMarked;
