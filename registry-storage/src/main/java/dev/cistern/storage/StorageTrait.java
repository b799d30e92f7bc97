package dev.cistern.storage;

/** What a driver says about its back-end. Without a trait, the opposite is assumed. */
public enum StorageTrait {
  /** An object that is open stays readable after it was deleted or replaced. */
  READERS_OUTLIVE_DELETION,
  /**
   * The back-end is behind a network: a call takes a while and may hang. A cache does not make
   * clients wait for it, and keeps a local copy of what is used.
   */
  REMOTE
}
