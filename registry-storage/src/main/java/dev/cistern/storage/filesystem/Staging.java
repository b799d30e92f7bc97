package dev.cistern.storage.filesystem;

import dev.cistern.storage.ObjectBody;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes objects to temporary files, on the filesystem of the store, so that a rename is enough to
 * publish them.
 */
final class Staging {

  private static final Logger LOG = LoggerFactory.getLogger(Staging.class);

  /**
   * A file that was not written to for so long belongs to a process that has ended, on this machine
   * or another one.
   */
  private static final Duration ABANDONED = Duration.ofHours(1);

  /** The interval of the search for such files. */
  private static final Duration CLEANUP_INTERVAL = Duration.ofHours(1);

  private static final Set<StandardOpenOption> NEW_FILE =
      EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);

  private final Path directory;
  private final Directories directories;
  private final Clock clock;
  private final AtomicReference<Instant> nextCleanup = new AtomicReference<>(Instant.MAX);

  Staging(Path directory, Directories directories, Clock clock) {
    this.directory = directory;
    this.directories = directories;
    this.clock = clock;
  }

  /**
   * Writes the body to a new file and forces it to disk. The caller closes the result. If this
   * fails, no file remains.
   */
  Staged write(ObjectBody body) throws IOException {
    cleanUpIfDue();
    Staged staged = new Staged(directory.resolve(UUID.randomUUID().toString()));
    boolean written = false;
    try (FileChannel channel = create(staged.file());
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel))) {
      body.writeTo(out);
      out.flush();
      channel.force(true);
      written = true;
    } catch (IOException e) {
      // Before the file is deleted: a full disk has room then.
      throw KnownFailure.ofWrite(e, directory);
    } finally {
      if (!written) {
        staged.close();
      }
    }
    return staged;
  }

  private FileChannel create(Path file) throws IOException {
    try {
      return FileChannel.open(file, NEW_FILE, Permissions.file());
    } catch (NoSuchFileException e) {
      // The directory was removed while the store is in use.
      directories.ensure(directory);
      return FileChannel.open(file, NEW_FILE, Permissions.file());
    }
  }

  /**
   * Creates the directory, checks that it is writable, and removes the files of processes that have
   * ended. Their files are searched again from time to time.
   */
  void prepare() throws IOException {
    directories.ensure(directory);
    write(ObjectBody.of(new byte[0])).close();
    nextCleanup.set(clock.instant().plus(CLEANUP_INTERVAL));
    removeAbandoned();
  }

  private void cleanUpIfDue() {
    Instant now = clock.instant();
    Instant due = nextCleanup.get();
    if (!now.isBefore(due) && nextCleanup.compareAndSet(due, now.plus(CLEANUP_INTERVAL))) {
      try {
        removeAbandoned();
      } catch (IOException | DirectoryIteratorException e) {
        LOG.debug("Cannot search {} for abandoned temporary files", directory, e);
      }
    }
  }

  /** Files that are still being written are younger, in whichever process. */
  private void removeAbandoned() throws IOException {
    Instant abandoned = clock.instant().minus(ABANDONED);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        try {
          if (Files.getLastModifiedTime(file).toInstant().isBefore(abandoned)) {
            Files.deleteIfExists(file);
          }
        } catch (NoSuchFileException e) {
          LOG.debug("{} was removed by another process", file);
        }
      }
    }
  }

  /** A complete file without a name in the store. Closing deletes it if it still exists. */
  record Staged(Path file) implements AutoCloseable {

    @Override
    public void close() {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        // The write itself has succeeded or failed; the file is removed later as abandoned.
        LOG.warn("Cannot delete the temporary file {}; it will be removed later", file, e);
      }
    }
  }
}
