/** Which upstream a repository belongs to. */
@NullMarked
package dev.cistern.proxy.internal.route;

import org.jspecify.annotations.NullMarked;
