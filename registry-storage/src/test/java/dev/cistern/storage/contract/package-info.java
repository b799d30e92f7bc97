/**
 * Tests the contract of storage drivers: authors of drivers extend {@link
 * dev.cistern.storage.contract.StorageDriverContract}.
 */
@NullMarked
package dev.cistern.storage.contract;

import org.jspecify.annotations.NullMarked;
