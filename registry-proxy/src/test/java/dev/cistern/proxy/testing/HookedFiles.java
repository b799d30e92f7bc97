package dev.cistern.proxy.testing;

import dev.cistern.proxy.testing.ScriptedDriver.Hook;
import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectRange;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageTrait;
import dev.cistern.storage.StoredObject;
import dev.cistern.storage.SupportsAdoption;
import dev.cistern.storage.SupportsFileChannel;
import dev.cistern.storage.SupportsTouch;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Storage in real files that fails when a test says so. */
public final class HookedFiles
    implements StorageDriver, SupportsAdoption, SupportsFileChannel, SupportsTouch {

  private final FilesystemDriver files;
  private volatile Hook opens = key -> {};
  private volatile Hook writes = key -> {};

  /** Storage in a directory. */
  public HookedFiles(Path root) throws IOException {
    files = FilesystemDriver.open(root);
  }

  /** Before an object is opened. */
  public void beforeOpens(Hook hook) {
    opens = hook;
  }

  /** Before anything is written, adopted or deleted. */
  public void beforeWrites(Hook hook) {
    writes = hook;
  }

  @Override
  public Optional<ObjectStat> stat(String key) throws IOException {
    return files.stat(key);
  }

  @Override
  public Optional<StoredObject> open(String key, ObjectRange range) throws IOException {
    opens.before(key);
    return files.open(key, range);
  }

  @Override
  public Optional<FileChannel> openChannel(String key) throws IOException {
    opens.before(key);
    return files.openChannel(key);
  }

  @Override
  public void put(String key, ObjectBody body) throws IOException {
    writes.before(key);
    files.put(key, body);
  }

  @Override
  public boolean putIfAbsent(String key, ObjectBody body) throws IOException {
    writes.before(key);
    return files.putIfAbsent(key, body);
  }

  @Override
  public Path spoolDirectory() {
    return files.spoolDirectory();
  }

  @Override
  public void adopt(Path file, String key) throws IOException {
    writes.before(key);
    files.adopt(file, key);
  }

  @Override
  public void delete(Collection<String> keys) throws IOException {
    for (String key : keys) {
      writes.before(key);
    }
    files.delete(keys);
  }

  @Override
  public void touch(String key, Instant time) throws IOException {
    files.touch(key, time);
  }

  @Override
  public Set<StorageTrait> traits() {
    return files.traits();
  }

  @Override
  public Stream<ObjectStat> list(String prefix) throws IOException {
    return files.list(prefix);
  }

  @Override
  public Stream<String> children(String prefix) throws IOException {
    return files.children(prefix);
  }

  @Override
  public void close() {
    files.close();
  }
}
