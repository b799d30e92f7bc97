package dev.cistern.storage.filesystem;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A directory of the store cannot be one: nothing could be stored in it. */
final class UnusableDirectoryException extends IOException {

  private static final long serialVersionUID = 1;

  private UnusableDirectoryException(String message) {
    super(message);
  }

  /** It is a symbolic link that leads out of the root directory. */
  static UnusableDirectoryException linked(Path root, Path link) {
    return new UnusableDirectoryException(
        link
            + " is a symbolic link to "
            + target(link)
            + ", outside of the storage root directory "
            + root
            + "; mount the other disk there instead (mount --bind), or set rootdirectory to a"
            + " directory on that disk");
  }

  /** It is a file. */
  static UnusableDirectoryException file(Path file) {
    return new UnusableDirectoryException(
        file
            + " is not a directory, so nothing can be stored in it; move it away, or set"
            + " rootdirectory to another directory");
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      return "an unreadable place";
    }
  }
}
