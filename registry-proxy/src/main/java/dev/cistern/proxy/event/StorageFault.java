package dev.cistern.proxy.event;

/** What storage could not do. None of these fails a client that the upstream can serve. */
public enum StorageFault {
  /** Looking for content, or reading it: it is fetched instead. */
  READ,
  /** Serving a blob: its bytes are not those of its digest, and it is fetched again. */
  TORN,
  /** Storing what was fetched: it will be fetched again. */
  WRITE,
  /** Holding a transfer in progress on the local disk: it is passed through. */
  SPOOL,
  /** Holding a transfer within the limits of the cache: it is passed through. */
  ROOM,
  /** Listing what is cached, or evicting. */
  SWEEP
}
