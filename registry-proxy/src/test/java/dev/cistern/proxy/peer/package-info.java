@NullMarked
package dev.cistern.proxy.peer;

import org.jspecify.annotations.NullMarked;
