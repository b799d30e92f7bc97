package dev.cistern.proxy.maintenance;

/** What has become of something that should go. */
public enum Outcome {
  /** It has gone. */
  REMOVED,
  /** It is still there: nothing was to be done, somebody needs it after all, or it failed. */
  LEFT
}
