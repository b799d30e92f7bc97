package dev.cistern.proxy.policy;

/** Why content is evicted. */
public enum EvictionReason {
  /** It was not used for longer than the ttl. */
  IDLE,
  /** The cache is too large, and this content was used least recently. */
  SIZE,
  /** The back-end has too little free space, and this content was used least recently. */
  FREE_SPACE,
  /** An operator removed it. */
  PURGED
}
