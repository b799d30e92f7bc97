/**
 * The storage driver SPI: objects under keys, and nothing about registries.
 *
 * <p>{@link dev.cistern.storage.StorageDriver} is what an author of storage implements, with {@link
 * dev.cistern.storage.StorageKeys} for what a key may be, and {@link
 * dev.cistern.storage.ObjectBody}, {@link dev.cistern.storage.ObjectStat} and {@link
 * dev.cistern.storage.StoredObject} for what goes in and comes out. Further powers are interfaces
 * beside it: {@link dev.cistern.storage.SupportsAdoption}, {@link
 * dev.cistern.storage.SupportsFileChannel}, {@link dev.cistern.storage.SupportsTouch}, {@link
 * dev.cistern.storage.SupportsFreeSpace}.
 *
 * <p>{@link dev.cistern.storage.StorageDrivers} finds drivers by the name that the configuration
 * gives, through {@link dev.cistern.storage.StorageDriverFactory}, and hands them their {@link
 * dev.cistern.storage.DriverParameters}. Two come with this module: {@code filesystem} and {@code
 * inmemory}, in the packages of these names. The content of a registry is laid over any driver by
 * {@code dev.cistern.storage.content}.
 */
@NullMarked
package dev.cistern.storage;

import org.jspecify.annotations.NullMarked;
