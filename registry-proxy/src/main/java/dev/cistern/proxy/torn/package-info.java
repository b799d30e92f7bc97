/**
 * Content that is not what its name says: a truncated copy, what an older crash left, bits that
 * rotted. {@link dev.cistern.proxy.torn.DeclaredSizes} remembers how large blobs should be, {@link
 * dev.cistern.proxy.torn.TornBlobs} looks closely at a blob of another size, and has it fetched
 * again when its bytes are wrong.
 */
@NullMarked
package dev.cistern.proxy.torn;

import org.jspecify.annotations.NullMarked;
