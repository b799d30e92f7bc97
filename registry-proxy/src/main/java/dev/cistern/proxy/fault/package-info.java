/**
 * What goes wrong with storage. A failing disk fails no client, so somebody else has to hear of it:
 * {@link dev.cistern.proxy.fault.StorageFaults} counts, and tells the log now and then.
 */
@NullMarked
package dev.cistern.proxy.fault;

import org.jspecify.annotations.NullMarked;
