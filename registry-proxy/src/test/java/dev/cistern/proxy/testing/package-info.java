/**
 * What tests of the cache stand on: {@link dev.cistern.proxy.testing.FakeRegistry}, an upstream on
 * a real socket, {@link dev.cistern.proxy.testing.ScriptedDriver}, storage that fails and dawdles
 * as told, {@link dev.cistern.proxy.testing.TestCache}, a cache between the two, and ways to wait
 * for what it does without sleeping.
 */
@NullMarked
package dev.cistern.proxy.testing;

import org.jspecify.annotations.NullMarked;
