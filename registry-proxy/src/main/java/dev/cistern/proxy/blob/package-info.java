/**
 * Blobs by digest: {@link dev.cistern.proxy.blob.Blobs} answers from storage, follows a transfer on
 * its way, or starts one, and sees to it that a repository gets only what its upstream has.
 */
@NullMarked
package dev.cistern.proxy.blob;

import org.jspecify.annotations.NullMarked;
