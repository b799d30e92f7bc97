/** Tests of the package of the same name. */
@NullMarked
package dev.cistern.proxy.internal.pull;

import org.jspecify.annotations.NullMarked;
