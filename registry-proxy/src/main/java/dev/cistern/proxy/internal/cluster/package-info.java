/**
 * Several caches as one cluster: which of them owns some content ({@code Rendezvous}), which of
 * them work ({@code Peer}), and an upstream that asks the owner first ({@code ClusterUpstream}).
 */
@NullMarked
package dev.cistern.proxy.internal.cluster;

import org.jspecify.annotations.NullMarked;
