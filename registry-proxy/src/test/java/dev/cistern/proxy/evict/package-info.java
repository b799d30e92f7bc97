/** Tests of the package of the same name. */
@NullMarked
package dev.cistern.proxy.evict;

import org.jspecify.annotations.NullMarked;
