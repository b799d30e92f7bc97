/**
 * What is left after a cache has died: {@code KilledCacheTest} kills one in a process of its own
 * ({@code DoomedCache}) again and again, {@code CrashModelTest} drops one in the middle of whatever
 * it does.
 */
@NullMarked
package dev.cistern.proxy.crash;

import org.jspecify.annotations.NullMarked;
