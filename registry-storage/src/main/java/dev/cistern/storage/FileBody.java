package dev.cistern.storage;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A body in a file. The size is taken when the body is made, so that a file that changes before it
 * is stored is detected.
 */
record FileBody(Path file, long size) implements ObjectBody {

  static FileBody of(Path file) throws IOException {
    return new FileBody(file, Files.size(file));
  }

  @Override
  public InputStream open() throws IOException {
    return Files.newInputStream(file);
  }

  @Override
  public InputStream open(long position) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      return Channels.newInputStream(channel.position(position));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }
}
