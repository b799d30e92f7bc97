/**
 * How a pull is answered. {@link dev.cistern.proxy.internal.pull.Manifests} answers manifests by
 * digest, from memory, from storage or from the upstream; {@link
 * dev.cistern.proxy.internal.pull.Tags} asks the upstream what a tag names now, and falls back on
 * what it last named; {@link dev.cistern.proxy.internal.pull.Blobs} answers blobs from storage,
 * follows a fetch in progress, or starts one.
 *
 * <p>{@code HotContent} keeps in memory what is asked for often. {@code DeclaredSizes} remembers
 * how large blobs should be; {@code TornBlobs} hashes a stored blob of another size, and has it
 * fetched again when its bytes are wrong.
 */
@NullMarked
package dev.cistern.proxy.internal.pull;

import org.jspecify.annotations.NullMarked;
