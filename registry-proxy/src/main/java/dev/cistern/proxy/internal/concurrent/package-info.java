/** The threads of a cache, and work that is shared between requests. */
@NullMarked
package dev.cistern.proxy.internal.concurrent;

import org.jspecify.annotations.NullMarked;
