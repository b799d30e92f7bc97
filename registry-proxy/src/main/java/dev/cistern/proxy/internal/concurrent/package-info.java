/** The threads of a cache, and work that several requests share. */
@NullMarked
package dev.cistern.proxy.internal.concurrent;

import org.jspecify.annotations.NullMarked;
