/**
 * Tests of the whole cache, over real sockets: one class for each thing that must always hold, and
 * one for each kind of request.
 */
@NullMarked
package dev.cistern.proxy;

import org.jspecify.annotations.NullMarked;
