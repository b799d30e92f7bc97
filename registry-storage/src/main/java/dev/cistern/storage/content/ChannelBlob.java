package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;

/** A blob in a local file. */
record ChannelBlob(Digest digest, FileChannel file, long size) implements StoredBlob {

  static ChannelBlob over(Digest digest, FileChannel file) throws IOException {
    try {
      return new ChannelBlob(digest, file, file.size());
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  @Override
  public Optional<FileChannel> channel() {
    return Optional.of(file);
  }

  @Override
  public int read(ByteBuffer dst, long position) throws IOException {
    return file.read(dst, position);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
