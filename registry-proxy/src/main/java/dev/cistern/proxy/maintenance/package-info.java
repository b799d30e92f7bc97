/**
 * The work of an operator on a store, with or without running caches: {@link
 * dev.cistern.proxy.maintenance.Verification} finds and removes wrong content, {@link
 * dev.cistern.proxy.maintenance.GarbageCollection} evicts what the limits require, {@link
 * dev.cistern.proxy.maintenance.Purge} removes an image or a repository, and {@link
 * dev.cistern.proxy.maintenance.StoreStatistics} counts the content. Each returns a report as a
 * value, and prints nothing.
 */
@NullMarked
package dev.cistern.proxy.maintenance;

import org.jspecify.annotations.NullMarked;
