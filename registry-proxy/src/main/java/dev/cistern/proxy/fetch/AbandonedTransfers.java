package dev.cistern.proxy.fetch;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What transfers of caches that are gone have left unfinished. The next cache that starts goes on
 * from what is worth keeping.
 *
 * @param kept how many files that is
 * @param keptBytes how many bytes these have
 * @param expired how many files are too old, or empty
 * @param expiredBytes how many bytes these have
 */
public record AbandonedTransfers(long kept, long keptBytes, long expired, long expiredBytes) {

  private static final Logger log = LoggerFactory.getLogger(AbandonedTransfers.class);
  private static final AbandonedTransfers NONE = new AbandonedTransfers(0, 0, 0, 0);

  /** Looks what there is, and leaves it. What cannot be looked at is not there. */
  public static AbandonedTransfers under(Path base) {
    AbandonedTransfers found = NONE;
    Path absolute = base.toAbsolutePath().normalize();
    if (!Files.isDirectory(absolute)) {
      return found;
    }
    try (DirectoryStream<Path> spools =
        Files.newDirectoryStream(absolute, SpoolDirectory::isNamedAsSpool)) {
      for (Path spool : spools) {
        found = found.plusSpool(spool);
      }
    } catch (IOException e) {
      log.warn("Could not look for unfinished transfers under {}: {}", absolute, e.toString());
    }
    return found;
  }

  /**
   * Removes what is expired.
   *
   * @return what there was before
   */
  public static AbandonedTransfers tidy(Path base) {
    AbandonedTransfers found = under(base);
    if (found.expired > 0) {
      // As a cache that starts does it, and ends at once.
      try (SpoolDirectory taken = SpoolDirectory.under(base)) {
        log.debug("Unfinished transfers are in {} now", taken);
      } catch (IOException e) {
        log.warn("Could not remove unfinished transfers under {}: {}", base, e.toString());
      }
    }
    return found;
  }

  private AbandonedTransfers plusSpool(Path spool) throws IOException {
    AbandonedTransfers sum = this;
    try {
      if (SpoolDirectory.isAbandoned(spool)) {
        try (DirectoryStream<Path> files =
            Files.newDirectoryStream(spool, SpoolDirectory.TRANSFERS)) {
          for (Path file : files) {
            sum = sum.plus(Files.readAttributes(file, BasicFileAttributes.class));
          }
        }
      }
    } catch (NoSuchFileException e) {
      // A cache that starts has taken them over in this moment.
      log.debug("{} is somebody else's: {}", spool, e.toString());
    }
    return sum;
  }

  private AbandonedTransfers plus(BasicFileAttributes file) {
    Instant oldest = Instant.now().minus(SpoolDirectory.KEPT);
    return file.size() > 0 && file.lastModifiedTime().toInstant().isAfter(oldest)
        ? new AbandonedTransfers(kept + 1, keptBytes + file.size(), expired, expiredBytes)
        : new AbandonedTransfers(kept, keptBytes, expired + 1, expiredBytes + file.size());
  }
}
