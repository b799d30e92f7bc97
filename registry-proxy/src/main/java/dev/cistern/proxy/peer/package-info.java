/**
 * Caches that work as one cluster: which ones they are ({@link dev.cistern.proxy.peer.Peers}), how
 * they know each other's requests ({@link dev.cistern.proxy.peer.PeerSignature}), and what they add
 * to answers ({@link dev.cistern.proxy.peer.PeerAnswer}).
 *
 * <p>A cache that lacks a blob, a manifest or an answer for a tag asks the cache that owns it, by
 * the v2 protocol. The owner asks the upstream. A server in front of the cache must verify the
 * signature of such a request, refuse it if it means another upstream ({@link
 * dev.cistern.proxy.peer.PeerSignature#UPSTREAM_HEADER}), mark its {@link
 * dev.cistern.proxy.content.Requester} as a peer, and add the header of {@code PeerAnswer} to the
 * answer. It answers a peer that asks whether the cache works, by {@code GET /v2/}, after {@link
 * dev.cistern.proxy.PullThroughCache#diskAnswer}.
 */
@NullMarked
package dev.cistern.proxy.peer;

import org.jspecify.annotations.NullMarked;
