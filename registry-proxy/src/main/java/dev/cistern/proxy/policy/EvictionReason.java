package dev.cistern.proxy.policy;

/** Why content goes. */
public enum EvictionReason {
  /** Nobody has used it for longer than content is kept. */
  IDLE,
  /** The cache is larger than it may be, and this was used least recently. */
  SIZE,
  /** Too little space is left on the back-end, and this was used least recently. */
  FREE_SPACE
}
