/**
 * The storage driver SPI: objects by key. It is independent of registries.
 *
 * <p>Authors of storage implement {@link dev.cistern.storage.StorageDriver}. {@link
 * dev.cistern.storage.StorageKeys} has the rules for keys. {@link dev.cistern.storage.ObjectBody},
 * {@link dev.cistern.storage.ObjectStat} and {@link dev.cistern.storage.StoredObject} are the bytes
 * to store, the metadata, and an open object. {@link dev.cistern.storage.StorageException} says
 * what kind of failure it is, {@link dev.cistern.storage.StorageTrait} what a back-end is. Optional
 * powers are separate interfaces: {@link dev.cistern.storage.SupportsAdoption}, {@link
 * dev.cistern.storage.SupportsFileChannel}, {@link dev.cistern.storage.SupportsTouch}, {@link
 * dev.cistern.storage.SupportsFreeSpace}.
 *
 * <p>{@link dev.cistern.storage.StorageDrivers} finds a driver's {@link
 * dev.cistern.storage.StorageDriverFactory} by the name in the configuration and passes it the
 * {@link dev.cistern.storage.DriverParameters}. This module has two drivers, {@code filesystem} and
 * {@code inmemory}, in the packages {@code filesystem} and {@code memory}. {@code
 * dev.cistern.storage.content} stores the content of a registry with any driver.
 */
@NullMarked
package dev.cistern.storage;

import org.jspecify.annotations.NullMarked;
