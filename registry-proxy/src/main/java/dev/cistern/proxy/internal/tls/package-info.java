/** Certificates to trust. */
@NullMarked
package dev.cistern.proxy.internal.tls;

import org.jspecify.annotations.NullMarked;
