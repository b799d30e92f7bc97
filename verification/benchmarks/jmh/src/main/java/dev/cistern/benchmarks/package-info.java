/**
 * What is inside, measured with JMH: {@link dev.cistern.benchmarks.RouteBenchmark} (a request's
 * path), {@link dev.cistern.benchmarks.HitBenchmark} (the cache's answer for what it has), {@link
 * dev.cistern.benchmarks.DigestBenchmark} (hashing, by the size of the arrays) and {@link
 * dev.cistern.benchmarks.FollowersBenchmark} (one transfer and those who read it as it grows).
 *
 * <p>They use the public API alone. {@link dev.cistern.benchmarks.MemoryUpstream} is an upstream
 * that costs nothing.
 */
@NullMarked
package dev.cistern.benchmarks;

import org.jspecify.annotations.NullMarked;
