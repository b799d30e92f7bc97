/**
 * The driver {@code inmemory}: for tests, and for a cache that may forget everything with its
 * process. See {@link dev.cistern.storage.memory.MemoryDriver}.
 */
@NullMarked
package dev.cistern.storage.memory;

import org.jspecify.annotations.NullMarked;
