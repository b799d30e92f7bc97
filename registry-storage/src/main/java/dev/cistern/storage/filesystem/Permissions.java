package dev.cistern.storage.filesystem;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * The permissions of new files and directories, where the filesystem has them. Content of private
 * registries is not for every user of the machine. The umask of the process takes away more.
 */
final class Permissions {

  private static final boolean SUPPORTED =
      FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-r-----");

  private static final Set<PosixFilePermission> DIRECTORY =
      PosixFilePermissions.fromString("rwxr-x---");

  private Permissions() {}

  static FileAttribute<?>[] file() {
    return attributes(FILE);
  }

  static FileAttribute<?>[] directory() {
    return attributes(DIRECTORY);
  }

  /** Takes the permissions from an existing file that a new one would not have. */
  static void restrict(Path file) throws IOException {
    if (!SUPPORTED) {
      return;
    }
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
    if (permissions.retainAll(FILE)) {
      Files.setPosixFilePermissions(file, permissions);
    }
  }

  private static FileAttribute<?>[] attributes(Set<PosixFilePermission> permissions) {
    return SUPPORTED
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : new FileAttribute<?>[0];
  }
}
