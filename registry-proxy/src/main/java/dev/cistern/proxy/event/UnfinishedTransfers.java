package dev.cistern.proxy.event;

/**
 * What transfers of caches that have ended left unfinished. The next cache that starts resumes what
 * is worth keeping.
 *
 * @param kept how many files that is
 * @param keptBytes how many bytes these have
 * @param expired how many files are too old, or empty
 * @param expiredBytes how many bytes these have
 */
public record UnfinishedTransfers(long kept, long keptBytes, long expired, long expiredBytes) {

  /** None. */
  public static final UnfinishedTransfers NONE = new UnfinishedTransfers(0, 0, 0, 0);

  /** With one more file that is worth keeping. */
  public UnfinishedTransfers plusKept(long bytes) {
    return new UnfinishedTransfers(kept + 1, keptBytes + bytes, expired, expiredBytes);
  }

  /** With one more file that is not. */
  public UnfinishedTransfers plusExpired(long bytes) {
    return new UnfinishedTransfers(kept, keptBytes, expired + 1, expiredBytes + bytes);
  }
}
