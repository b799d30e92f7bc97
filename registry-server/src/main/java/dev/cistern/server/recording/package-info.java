/**
 * What the recording of an archive needs besides a server: an upstream, clients and a certificate,
 * all on the loopback address.
 */
@NullMarked
package dev.cistern.server.recording;

import org.jspecify.annotations.NullMarked;
