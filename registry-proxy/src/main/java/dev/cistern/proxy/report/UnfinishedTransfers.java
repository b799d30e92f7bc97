package dev.cistern.proxy.report;

/**
 * Unfinished transfers: those of a running cache, which resumes them, or of caches that have ended.
 * The next cache that starts can resume those that are kept.
 *
 * @param kept how many files can be resumed
 * @param keptBytes the sum of their sizes
 * @param expired how many files are too old or empty
 * @param expiredBytes the sum of their sizes
 */
public record UnfinishedTransfers(long kept, long keptBytes, long expired, long expiredBytes) {

  /** None. */
  public static final UnfinishedTransfers NONE = new UnfinishedTransfers(0, 0, 0, 0);

  /** With one more file that can be resumed. */
  public UnfinishedTransfers plusKept(long bytes) {
    return new UnfinishedTransfers(kept + 1, keptBytes + bytes, expired, expiredBytes);
  }

  /** With one more file that is too old or empty. */
  public UnfinishedTransfers plusExpired(long bytes) {
    return new UnfinishedTransfers(kept, keptBytes, expired + 1, expiredBytes + bytes);
  }
}
