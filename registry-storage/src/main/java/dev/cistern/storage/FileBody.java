package dev.cistern.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A body from a file. The size is the one at the start, so that a file that changes meanwhile is
 * noticed.
 */
record FileBody(Path file, long size) implements ObjectBody {

  static FileBody of(Path file) throws IOException {
    return new FileBody(file, Files.size(file));
  }

  @Override
  public InputStream open() throws IOException {
    return Files.newInputStream(file);
  }
}
