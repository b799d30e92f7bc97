/**
 * How a pull is answered: {@link dev.cistern.proxy.internal.pull.Pulls} is the entry. {@code
 * Manifests} answers manifests by digest, from memory, from storage or from the upstream. {@code
 * Tags} asks the upstream which manifest a tag names, and answers with a stale one when the
 * upstream fails. {@code Blobs} answers blobs from storage, follows a fetch in progress, or starts
 * one. Requests to the upstream, except those of blob fetches, are made by {@code UpstreamCalls}.
 *
 * <p>{@code HotContent} keeps in memory what is used often. {@code DeclaredSizes} remembers how
 * large blobs should be; {@code TornBlobs} hashes a stored blob of another size, and deletes it
 * when its bytes are wrong, so that it is fetched again.
 */
@NullMarked
package dev.cistern.proxy.internal.pull;

import org.jspecify.annotations.NullMarked;
