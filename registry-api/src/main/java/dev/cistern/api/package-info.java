@NullMarked
package dev.cistern.api;

import org.jspecify.annotations.NullMarked;
