/**
 * The driver {@code filesystem}: objects as files in one directory.
 *
 * <p>{@link dev.cistern.storage.filesystem.FilesystemDriver} combines the parts: {@code
 * RootDirectory} converts keys to paths inside of the root, {@code Staging} writes temporary files,
 * {@code Publisher} gives them their names, {@code Directories} creates, forces and removes
 * directories, {@code ObjectWalk} and {@code ChildNames} list objects.
 */
@NullMarked
package dev.cistern.storage.filesystem;

import org.jspecify.annotations.NullMarked;
