/**
 * Memory for what clients and upstreams make the cache remember: names, refusals, tokens. A limit
 * in numbers would be too much for a small heap, and one for each cache too much for many
 * upstreams. So all share a part of the heap, in bytes.
 */
@NullMarked
package dev.cistern.proxy.internal.memory;

import org.jspecify.annotations.NullMarked;
