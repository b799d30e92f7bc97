@NullMarked
package dev.cistern.proxy.internal.cluster;

import org.jspecify.annotations.NullMarked;
