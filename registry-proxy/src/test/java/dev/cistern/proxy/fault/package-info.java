/** Tests of the package of the same name. */
@NullMarked
package dev.cistern.proxy.fault;

import org.jspecify.annotations.NullMarked;
