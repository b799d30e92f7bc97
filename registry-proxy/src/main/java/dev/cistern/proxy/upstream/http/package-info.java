/**
 * The HTTP client of an upstream registry.
 *
 * <p>{@link dev.cistern.proxy.upstream.http.Upstreams#connect} turns an {@link
 * dev.cistern.proxy.upstream.http.UpstreamConfig} into an {@link
 * dev.cistern.proxy.upstream.Upstream}: blocking calls for manifests, blobs and tag lists, each of
 * which answers or throws a {@link dev.cistern.api.RegistryException} that names the upstream and
 * the cause.
 *
 * <p>Inside, from the outside in: {@code HttpUpstream} knows the routes of the distribution
 * specification; {@code Authorizer} answers challenges with {@code BearerTokens} or Basic
 * credentials; {@code RedirectLoop} follows redirects and decides which hosts get {@code
 * Authorization}; {@code Transport} holds the HTTP client, its deadlines and its open calls, which
 * {@code ClientTls} and {@code ProxyRouting} set up for TLS and proxies as configured; {@code
 * UpstreamErrors} is the one place where answers and exceptions of the network become errors of the
 * registry. This is the only package that knows OkHttp.
 *
 * <p>A blob being read is an {@code HttpBlob}, watched for trickling ({@code TrickleWatch}), in a
 * {@code ThrottledBlob} where bandwidth is limited.
 */
@NullMarked
package dev.cistern.proxy.upstream.http;

import org.jspecify.annotations.NullMarked;
