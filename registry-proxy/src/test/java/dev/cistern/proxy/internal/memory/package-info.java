@NullMarked
package dev.cistern.proxy.internal.memory;

import org.jspecify.annotations.NullMarked;
