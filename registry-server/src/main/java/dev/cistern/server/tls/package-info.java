/** TLS for the listener, from the PEM files that operators have. */
@NullMarked
package dev.cistern.server.tls;

import org.jspecify.annotations.NullMarked;
