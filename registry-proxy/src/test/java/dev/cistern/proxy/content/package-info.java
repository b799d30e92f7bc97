/** Tests of the package of the same name. */
@NullMarked
package dev.cistern.proxy.content;

import org.jspecify.annotations.NullMarked;
