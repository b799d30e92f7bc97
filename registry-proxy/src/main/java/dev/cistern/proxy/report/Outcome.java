package dev.cistern.proxy.report;

/** Whether something that should be removed was removed. */
public enum Outcome {
  /** It was removed. */
  REMOVED,
  /** It still exists: nothing should be removed, it is in use, or the removal failed. */
  LEFT
}
