package dev.cistern.proxy.policy;

/** What to fetch when a client asks for a range of a blob that is not cached. */
public enum RangeFetch {
  /**
   * The whole blob. The range comes first; the rest is fetched behind it, and is verified and
   * stored.
   */
  WHOLE,
  /**
   * Only the bytes that clients ask for, as lazy pulls need. They are kept for a while, but cannot
   * be verified: a digest says nothing about a part. The client has to do that. When a client asks
   * for the whole blob, or all of its bytes have come, it is verified and stored.
   */
  RELAY
}
