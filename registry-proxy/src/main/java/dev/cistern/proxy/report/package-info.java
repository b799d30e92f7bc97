/**
 * What a cache says of itself when it is asked, as values: what it has ({@link
 * dev.cistern.proxy.report.DiskUsage}, {@link dev.cistern.proxy.report.ContentUse}), what it is
 * doing ({@link dev.cistern.proxy.report.TransferState}, {@link
 * dev.cistern.proxy.report.PeerState}), and what a collection of garbage has done ({@link
 * dev.cistern.proxy.report.GarbageReport}).
 */
@NullMarked
package dev.cistern.proxy.report;

import org.jspecify.annotations.NullMarked;
