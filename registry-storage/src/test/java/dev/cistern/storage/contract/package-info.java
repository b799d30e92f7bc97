/**
 * What every storage driver must do, as tests: {@link
 * dev.cistern.storage.contract.StorageDriverContract}, which an author of a driver extends.
 */
@NullMarked
package dev.cistern.storage.contract;

import org.jspecify.annotations.NullMarked;
