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
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where objects are written before they have a name. On the store's own filesystem, so that giving
 * the name is a rename.
 */
final class Staging {

  private static final Logger LOG = LoggerFactory.getLogger(Staging.class);

  /**
   * A file that nobody has written to for so long is a dead process's, here or on another machine.
   */
  private static final Duration ABANDONED = Duration.ofHours(1);

  /** How often to look for such files. */
  private static final Duration RARELY = Duration.ofHours(1);

  private final Path directory;
  private final Directories directories;
  private final Clock clock;
  private final AtomicReference<Instant> nextTidying = new AtomicReference<>(Instant.MAX);

  Staging(Path directory, Directories directories, Clock clock) {
    this.directory = directory;
    this.directories = directories;
    this.clock = clock;
  }

  /**
   * Writes the body to a new file and forces it. The caller closes what it gets; a failure leaves
   * no file.
   */
  Staged write(ObjectBody body) throws IOException {
    tidyWhenDue();
    Staged staged = new Staged(directory.resolve(UUID.randomUUID().toString()));
    boolean written = false;
    try (FileChannel channel = create(staged.file());
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel))) {
      body.writeTo(out);
      out.flush();
      channel.force(true);
      written = true;
    } finally {
      if (!written) {
        staged.close();
      }
    }
    return staged;
  }

  private FileChannel create(Path file) throws IOException {
    try {
      return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    } catch (NoSuchFileException e) {
      // Somebody tidied up under a running store.
      directories.ensure(directory);
      return FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }
  }

  /**
   * Makes the directory, finds out whether it can be written to, and removes what dead writers left
   * in it. That is done again now and then, for those that die later.
   */
  void prepare() throws IOException {
    directories.ensure(directory);
    write(ObjectBody.of(new byte[0])).close();
    nextTidying.set(clock.instant().plus(RARELY));
    removeAbandoned();
  }

  private void tidyWhenDue() {
    Instant now = clock.instant();
    Instant due = nextTidying.get();
    if (!now.isBefore(due) && nextTidying.compareAndSet(due, now.plus(RARELY))) {
      try {
        removeAbandoned();
      } catch (IOException | DirectoryIteratorException e) {
        LOG.debug("could not look for what dead writers left in {}", directory, e);
      }
    }
  }

  /** A living writer's file is younger, whichever process it belongs to. */
  private void removeAbandoned() throws IOException {
    Instant abandoned = clock.instant().minus(ABANDONED);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        try {
          if (Files.getLastModifiedTime(file).toInstant().isBefore(abandoned)) {
            Files.deleteIfExists(file);
          }
        } catch (NoSuchFileException e) {
          LOG.debug("{} has gone by itself", file);
        }
      }
    }
  }

  /** A written file without a name in the store; closing takes away what is still there. */
  record Staged(Path file) implements AutoCloseable {

    @Override
    public void close() {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        // The object itself is right or was refused; what is left here goes with the abandoned
        // ones.
        LOG.warn("a temporary file stays behind: {}", file, e);
      }
    }
  }
}
