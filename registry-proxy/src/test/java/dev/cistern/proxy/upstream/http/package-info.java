/** Tests of the package of the same name. */
@NullMarked
package dev.cistern.proxy.upstream.http;

import org.jspecify.annotations.NullMarked;
