/** Small tools for work that is shared between requests. */
@NullMarked
package dev.cistern.proxy.concurrent;

import org.jspecify.annotations.NullMarked;
