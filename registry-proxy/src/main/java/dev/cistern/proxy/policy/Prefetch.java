package dev.cistern.proxy.policy;

/** What to fetch before a client asks for it. */
public enum Prefetch {
  /** Nothing. */
  OFF,
  /**
   * The configuration and the layers of an image, when a client has fetched its manifest from the
   * upstream: that client asks for them next, a few at a time. A few are fetched at once, in the
   * order of the manifest; the others only once a client has asked for one of them. Never the
   * images of an index.
   */
  LAYERS
}
