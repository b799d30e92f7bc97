package dev.cistern.proxy.internal.fetch;

import dev.cistern.proxy.event.UnfinishedTransfers;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks for what transfers of caches that have ended left unfinished. */
public final class AbandonedTransfers {

  private static final Logger log = LoggerFactory.getLogger(AbandonedTransfers.class);

  private AbandonedTransfers() {}

  /** Looks what there is, and leaves it. What cannot be looked at is not there. */
  public static UnfinishedTransfers under(Path base) {
    UnfinishedTransfers found = UnfinishedTransfers.NONE;
    Path absolute = base.toAbsolutePath().normalize();
    if (!Files.isDirectory(absolute)) {
      return found;
    }
    try (DirectoryStream<Path> spools =
        Files.newDirectoryStream(absolute, SpoolDirectory::isNamedAsSpool)) {
      for (Path spool : spools) {
        found = plusSpool(found, spool);
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
  public static UnfinishedTransfers removeExpired(Path base) {
    UnfinishedTransfers found = under(base);
    if (found.expired() > 0) {
      // As a cache that starts does it, and ends at once.
      try (SpoolDirectory taken = SpoolDirectory.under(base)) {
        log.debug("Unfinished transfers are in {} now", taken);
      } catch (IOException e) {
        log.warn("Could not remove unfinished transfers under {}: {}", base, e.toString());
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
            Files.newDirectoryStream(spool, SpoolDirectory.TRANSFERS)) {
          for (Path file : files) {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            sum = ownerMissing ? sum.plusExpired(attributes.size()) : plus(sum, attributes);
          }
        }
      }
    } catch (NoSuchFileException e) {
      // Another cache that is starting has taken them over just now.
      log.debug("{} was taken over by another cache: {}", spool, e.toString());
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
