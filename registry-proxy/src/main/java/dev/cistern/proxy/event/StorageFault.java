package dev.cistern.proxy.event;

/** What failed in storage. None of these fails a client that the upstream can serve. */
public enum StorageFault {
  /** Content could not be read: it is fetched instead. */
  READ,
  /** A stored blob has wrong bytes: it is deleted and fetched again. */
  TORN,
  /** Fetched content could not be stored: the next request fetches it again. */
  WRITE,
  /** The local disk failed during a transfer: the blob is passed through. */
  SPOOL,
  /** A transfer does not fit within the limits of the cache: the blob is passed through. */
  ROOM,
  /** Content could not be listed or evicted: it is tried again later. */
  SWEEP
}
