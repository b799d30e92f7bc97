/** Tests of the package of the same name. */
@NullMarked
package dev.cistern.proxy.internal.guard;

import org.jspecify.annotations.NullMarked;
