/** Tests of the package of the same name. */
@NullMarked
package dev.cistern.proxy.policy;

import org.jspecify.annotations.NullMarked;
