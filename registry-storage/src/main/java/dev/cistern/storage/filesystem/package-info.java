/**
 * The driver {@code filesystem}: objects as files below one directory.
 *
 * <p>{@link dev.cistern.storage.filesystem.FilesystemDriver} puts the parts together: {@code
 * RootDirectory} turns keys into paths and keeps them inside, {@code Staging} writes aside, {@code
 * Publisher} makes names visible, {@code Directories} makes and forces directories, {@code
 * ObjectWalk} lists.
 */
@NullMarked
package dev.cistern.storage.filesystem;

import org.jspecify.annotations.NullMarked;
