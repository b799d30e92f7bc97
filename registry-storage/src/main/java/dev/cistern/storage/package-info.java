@NullMarked
package dev.cistern.storage;

import org.jspecify.annotations.NullMarked;
