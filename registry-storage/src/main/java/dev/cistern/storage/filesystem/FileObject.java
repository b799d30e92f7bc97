package dev.cistern.storage.filesystem;

import dev.cistern.storage.StoredObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** An open file. It stays readable after its name was deleted or given to another file. */
record FileObject(FileChannel file, long size) implements StoredObject {

  static FileObject over(FileChannel file) throws IOException {
    try {
      return new FileObject(file, file.size());
    } catch (IOException e) {
      file.close();
      throw e;
    }
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
