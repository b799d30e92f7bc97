@NullMarked
package dev.cistern.server;

import org.jspecify.annotations.NullMarked;
