/** Tests of the package of the same name. */
@NullMarked
package dev.cistern.proxy.maintenance;

import org.jspecify.annotations.NullMarked;
