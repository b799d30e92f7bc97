/** Tests of the package of the same name. */
@NullMarked
package dev.cistern.proxy.torn;

import org.jspecify.annotations.NullMarked;
