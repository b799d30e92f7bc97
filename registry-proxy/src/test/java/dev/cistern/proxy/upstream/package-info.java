/** Tests of the package of the same name. */
@NullMarked
package dev.cistern.proxy.upstream;

import org.jspecify.annotations.NullMarked;
