package dev.cistern.proxy.internal.fetch;

import dev.cistern.proxy.report.UnfinishedTransfers;
import dev.cistern.storage.FailureText;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.StorageTrait;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds unfinished transfers of caches that have ended. */
public final class AbandonedTransfers {

  private static final Logger log = LoggerFactory.getLogger(AbandonedTransfers.class);

  private AbandonedTransfers() {}

  /**
   * The default directory for transfers whose content is stored with a driver. Empty for a
   * {@linkplain StorageTrait#REMOTE remote} store: it has no transfers on this machine. Those of
   * its caches count in their local directories, and those in the user's directory belong to
   * others.
   */
  public static Optional<Path> baseOf(StorageDriver driver) {
    return driver.traits().contains(StorageTrait.REMOTE)
        ? Optional.empty()
        : Optional.of(SpoolDirectory.baseFor(driver));
  }

  /** Counts the files, and leaves them. A directory that cannot be read counts as empty. */
  public static UnfinishedTransfers under(Path base) {
    UnfinishedTransfers found = UnfinishedTransfers.NONE;
    Path absolute = base.toAbsolutePath().normalize();
    if (!Files.isDirectory(absolute)) {
      return found;
    }
    try (DirectoryStream<Path> spools =
        Files.newDirectoryStream(absolute, SpoolTakeover::isNamedAsSpool)) {
      for (Path spool : spools) {
        found = plusSpool(found, spool);
      }
    } catch (IOException e) {
      log.warn("Could not look for unfinished transfers under {}: {}", absolute, FailureText.of(e));
    }
    return found;
  }

  /**
   * Removes the expired files.
   *
   * @return the counts from before the removal
   */
  public static UnfinishedTransfers removeExpired(Path base) {
    UnfinishedTransfers found = under(base);
    if (found.expired() > 0) {
      // A cache that starts does this too; this one ends at once.
      try (SpoolDirectory taken = SpoolDirectory.under(base)) {
        log.debug("Moved unfinished transfers to {}", taken);
      } catch (IOException e) {
        log.warn("Could not remove unfinished transfers under {}: {}", base, FailureText.of(e));
      }
    }
    return found;
  }

  private static UnfinishedTransfers plusSpool(UnfinishedTransfers before, Path spool)
      throws IOException {
    UnfinishedTransfers sum = before;
    try {
      boolean ownerMissing = OwnerFile.isMissing(spool);
      if (ownerMissing || OwnerFile.isAbandoned(spool)) {
        try (DirectoryStream<Path> files =
            Files.newDirectoryStream(spool, SpoolTakeover.TRANSFERS)) {
          for (Path file : files) {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            sum = ownerMissing ? sum.plusExpired(attributes.size()) : plus(sum, attributes);
          }
        }
      }
    } catch (NoSuchFileException e) {
      // Another cache is starting, and has just taken them over.
      log.debug("{} was taken over by another cache: {}", spool, FailureText.of(e));
    }
    return sum;
  }

  private static UnfinishedTransfers plus(UnfinishedTransfers sum, BasicFileAttributes file) {
    Instant oldest = Instant.now().minus(SpoolDirectory.KEPT);
    return file.size() > 0 && file.lastModifiedTime().toInstant().isAfter(oldest)
        ? sum.plusKept(file.size())
        : sum.plusExpired(file.size());
  }
}
