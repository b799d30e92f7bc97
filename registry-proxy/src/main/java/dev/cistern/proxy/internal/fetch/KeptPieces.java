package dev.cistern.proxy.internal.fetch;

import dev.cistern.api.RepositoryName;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is known of a file that has only some pieces of a blob. They are not verified: the digest
 * says nothing about a part.
 *
 * <p>They are of a fetch of the whole blob, which the next one goes on with. Or clients have asked
 * for them, and read them from here. Thread-safe.
 */
final class KeptPieces {

  private final Pieces pieces;
  private final boolean ofWhole;
  private final OpenWrites writes = new OpenWrites();
  private final Set<RepositoryName> repositories = ConcurrentHashMap.newKeySet();
  private final Set<PieceReceiver> receivers = ConcurrentHashMap.newKeySet();
  private volatile Optional<String> etag;
  private volatile boolean replaced;

  private KeptPieces(Pieces pieces, Optional<String> etag, boolean ofWhole) {
    this.pieces = pieces;
    this.etag = etag;
    this.ofWhole = ofWhole;
  }

  /** No piece of a blob of this size yet, of which clients want pieces. */
  static KeptPieces none(long size) {
    return new KeptPieces(new Pieces(size, new Runs()), Optional.empty(), false);
  }

  /** The pieces of a fetch of the whole blob. */
  static KeptPieces ofWhole(Pieces pieces, Optional<String> etag) {
    return new KeptPieces(pieces, etag, true);
  }

  /** The pieces alone, without those who receive or hash them. */
  KeptPieces settled() {
    KeptPieces copy = new KeptPieces(new Pieces(size(), pieces.here()), etag, ofWhole);
    copy.repositories.addAll(repositories);
    return copy;
  }

  /** Whether only a fetch of the whole blob may use them. */
  boolean areOfWhole() {
    return ofWhole;
  }

  /** Which bytes are in the file, and who receives others. */
  Pieces pieces() {
    return pieces;
  }

  /** The size of the blob, as the upstream or a manifest says. */
  long size() {
    return pieces.size();
  }

  /** How many bytes are in the file. */
  long bytes() {
    return pieces.received();
  }

  boolean isComplete() {
    return bytes() == size();
  }

  /** The entity tag of the answers that the pieces come from. */
  Optional<String> etag() {
    return etag;
  }

  /**
   * Learns the entity tag of an answer before its bytes are kept.
   *
   * @return false when it is another one than that of an earlier answer
   */
  synchronized boolean learn(Optional<String> answered) {
    if (etag.isEmpty()) {
      etag = answered;
    }
    return answered.isEmpty() || answered.equals(etag);
  }

  /** The repositories whose upstream has shown that they have the blob. */
  Set<RepositoryName> repositories() {
    return repositories;
  }

  /** The writes of those who receive pieces. */
  OpenWrites writes() {
    return writes;
  }

  /** They are not the bytes of the blob: others are written over them. */
  void replaced() {
    replaced = true;
  }

  /** Whether they must not be read any more. */
  boolean areReplaced() {
    return replaced;
  }

  void begun(PieceReceiver receiver) {
    receivers.add(receiver);
    if (writes.isClosed()) {
      receiver.cancel();
    }
  }

  void ended(PieceReceiver receiver) {
    receivers.remove(receiver);
  }

  /** Ends those who receive pieces. None of them writes to the file afterwards. */
  void endReceivers() {
    writes.close();
    receivers.forEach(PieceReceiver::cancel);
    writes.await();
  }
}
