@NullMarked
package dev.cistern.proxy;

import org.jspecify.annotations.NullMarked;
