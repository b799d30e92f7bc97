package dev.cistern.storage.filesystem;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A directory of the store is a symbolic link that leads out of the root directory. */
final class LinkedDirectoryException extends IOException {

  private static final long serialVersionUID = 1;

  LinkedDirectoryException(Path root, Path link) {
    super(
        link
            + " is a symbolic link to "
            + target(link)
            + ", outside of the storage root directory "
            + root
            + "; mount the other disk there instead (mount --bind), or set rootdirectory to a"
            + " directory on that disk");
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return "an unreadable place";
    }
  }
}
