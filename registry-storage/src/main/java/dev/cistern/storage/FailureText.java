package dev.cistern.storage;

import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/**
 * Describes a failure for people, for log lines and messages. The JDK's own messages are often only
 * a path, and the name of the class is the failure.
 */
public final class FailureText {

  private FailureText() {}

  /**
   * What happened, in words. Other exceptions than those of input and output are probably bugs:
   * their class is named.
   */
  public static String of(Throwable failure) {
    if (failure instanceof UncheckedIOException wrapper && wrapper.getCause() != null) {
      return of(wrapper.getCause());
    }
    if (failure instanceof FileSystemException file) {
      return ofFile(file);
    }
    if (failure instanceof ClosedChannelException) {
      return "the file or the connection was closed";
    }
    String message = failure.getMessage();
    return failure instanceof RuntimeException
            || failure instanceof Error
            || message == null
            || message.isEmpty()
        ? failure.toString()
        : message;
  }

  private static String ofFile(FileSystemException failure) {
    String file = String.valueOf(failure.getFile());
    if (failure instanceof AccessDeniedException) {
      return "access to " + file + " is denied";
    }
    if (failure instanceof NoSuchFileException) {
      return file + " does not exist";
    }
    if (failure instanceof FileAlreadyExistsException) {
      return file + " exists already";
    }
    if (failure instanceof DirectoryNotEmptyException) {
      return "the directory " + file + " is not empty";
    }
    if (failure instanceof NotDirectoryException) {
      return file + " is not a directory";
    }
    return failure.getReason() == null
        ? String.valueOf(failure.getMessage())
        : file + ": " + failure.getReason();
  }
}
