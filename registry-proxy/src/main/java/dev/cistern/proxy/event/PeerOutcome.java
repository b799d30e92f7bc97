package dev.cistern.proxy.event;

/** How a request to another cache of the cluster ended. */
public enum PeerOutcome {
  /** With content, or with the upstream's answer that there is none. */
  ANSWERED,
  /** The upstream of that cache failed or refused. */
  UPSTREAM_FAILED,
  /** That cache did not answer, or its answer ended early; another source was used. */
  FAILED
}
