/**
 * A registry's content over any storage driver, in the layout of CNCF Distribution's registry.
 *
 * <p>{@link dev.cistern.storage.content.ContentStore} is the way in; it gives {@link
 * dev.cistern.storage.content.StoredBlob}s, which are read in place, and {@link
 * dev.cistern.storage.content.StoredManifest}s, which are small and come whole. {@link
 * dev.cistern.storage.content.ContentInventory} and {@link
 * dev.cistern.storage.content.LinkInventory} go through everything that is kept. Where things lie
 * is known to {@code DistributionLayout} alone.
 */
@NullMarked
package dev.cistern.storage.content;

import org.jspecify.annotations.NullMarked;
