/** Tests of the package of the same name. */
@NullMarked
package dev.cistern.proxy.internal.fetch;

import org.jspecify.annotations.NullMarked;
