/**
 * Stores a registry's content with any storage driver, in the layout of CNCF Distribution's
 * registry.
 *
 * <p>Start with {@link dev.cistern.storage.content.ContentStore}. It opens {@link
 * dev.cistern.storage.content.StoredBlob}s, which are read from the back-end, and reads {@link
 * dev.cistern.storage.content.StoredManifest}s, which are small, into memory. {@link
 * dev.cistern.storage.content.ContentInventory} and {@link
 * dev.cistern.storage.content.LinkInventory} list everything that is stored, for maintenance. Only
 * {@code DistributionLayout} knows the keys.
 */
@NullMarked
package dev.cistern.storage.content;

import org.jspecify.annotations.NullMarked;
