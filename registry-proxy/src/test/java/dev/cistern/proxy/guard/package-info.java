/** Tests of the package of the same name. */
@NullMarked
package dev.cistern.proxy.guard;

import org.jspecify.annotations.NullMarked;
