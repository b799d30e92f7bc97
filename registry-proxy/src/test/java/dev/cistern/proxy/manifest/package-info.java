/** Tests of the package of the same name. */
@NullMarked
package dev.cistern.proxy.manifest;

import org.jspecify.annotations.NullMarked;
