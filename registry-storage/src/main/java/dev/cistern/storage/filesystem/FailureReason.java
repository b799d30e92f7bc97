package dev.cistern.storage.filesystem;

import dev.cistern.storage.FailureText;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;

/** Describes a failure of the directory of a driver for people. */
final class FailureReason {

  private FailureReason() {}

  static String of(IOException e) {
    // A directory is made where there is none: so something else is there.
    return e instanceof FileAlreadyExistsException existing
        ? existing.getFile() + " exists but is not a directory"
        : FailureText.of(e);
  }
}
