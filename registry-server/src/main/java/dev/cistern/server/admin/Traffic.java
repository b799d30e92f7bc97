package dev.cistern.server.admin;

/**
 * What clients got, as sums over a time.
 *
 * @param hits answers with manifests and blobs that were in the cache
 * @param misses answers with manifests and blobs that were fetched, by this request or another
 * @param stale how many of the hits the upstream did not confirm
 * @param failed answers that were errors of the server or of the upstream
 * @param sentBytes bytes of bodies sent to clients
 * @param fetchedBytes bytes of bodies received from upstreams and from other servers of a cluster
 */
record Traffic(long hits, long misses, long stale, long failed, long sentBytes, long fetchedBytes) {

  static final Traffic NONE = new Traffic(0, 0, 0, 0, 0, 0);

  /** What came after an earlier sum. */
  Traffic since(Traffic earlier) {
    return new Traffic(
        hits - earlier.hits,
        misses - earlier.misses,
        stale - earlier.stale,
        failed - earlier.failed,
        sentBytes - earlier.sentBytes,
        fetchedBytes - earlier.fetchedBytes);
  }

  /** How much more was sent than fetched. */
  long savedBytes() {
    return Math.max(0, sentBytes - fetchedBytes);
  }

  /** How many of a hundred answers were hits; -1 without an answer. */
  double hitPercent() {
    long all = hits + misses;
    return all == 0 ? -1 : 100.0 * hits / all;
  }
}
