/**
 * What an operator does to a store now and then, beside running caches or without any: {@link
 * dev.cistern.proxy.maintenance.Verification} finds and removes what is wrong, {@link
 * dev.cistern.proxy.maintenance.GarbageCollection} what has to go by the limits, and {@link
 * dev.cistern.proxy.maintenance.StoreStatistics} tells what there is. Each gives a report as a
 * value, and prints nothing.
 */
@NullMarked
package dev.cistern.proxy.maintenance;

import org.jspecify.annotations.NullMarked;
