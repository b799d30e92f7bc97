package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import dev.cistern.storage.StoredObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;

/** A blob in a back-end without local files. */
record ObjectBlob(Digest digest, StoredObject object) implements StoredBlob {

  @Override
  public long size() {
    return object.size();
  }

  @Override
  public Optional<FileChannel> channel() {
    return Optional.empty();
  }

  @Override
  public int read(ByteBuffer dst, long position) throws IOException {
    return object.read(dst, position);
  }

  @Override
  public void close() throws IOException {
    object.close();
  }
}
