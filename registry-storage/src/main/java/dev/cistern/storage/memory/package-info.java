/**
 * The driver {@code inmemory}, for tests and for caches that may lose their content when the
 * process ends. See {@link dev.cistern.storage.memory.MemoryDriver}.
 */
@NullMarked
package dev.cistern.storage.memory;

import org.jspecify.annotations.NullMarked;
