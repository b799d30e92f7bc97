package dev.cistern.proxy.event;

/** Why a part of a blob was requested by itself. */
public enum PieceKind {
  /** A further connection for a blob that is fetched as a whole. */
  AHEAD,
  /** A client waited for a part that was far ahead in a blob that is fetched as a whole. */
  READER,
  /** A client asked for a range, and only ranges are fetched. */
  RELAY
}
