package dev.cistern.proxy.internal.fetch;

import dev.cistern.proxy.internal.store.Room;
import java.io.IOException;
import java.util.Optional;

/** The file of a {@link PartialBlob}, with the bytes that clients have asked for. Thread-safe. */
final class PartialFile {

  private final SpoolFile file;
  private final KeptPieces kept;
  private final Room room;
  private final FetchProgress progress = new FetchProgress();

  // For the time of a reservation, which may evict content: never wanted by an I/O thread.
  private final Object reserving = new Object();

  /**
   * @param kept what the file has
   */
  PartialFile(SpoolFile file, KeptPieces kept, Room room) {
    this.file = file;
    this.kept = kept;
    this.room = room;
    kept.pieces().here().forEach(progress::add);
  }

  SpoolFile file() {
    return file;
  }

  /** Which bytes readers may have. */
  FetchProgress progress() {
    return progress;
  }

  /**
   * Claims the next bytes for a receiver, and makes room for them.
   *
   * @throws IOException when there is no room
   */
  Optional<Claim> claim(long from, long to) throws IOException {
    Optional<Claim> claim = kept.pieces().claimMissing(from, to);
    if (claim.isPresent()) {
      try {
        synchronized (reserving) {
          room.reserve(kept.size() - kept.pieces().missing());
        }
      } catch (IOException e) {
        kept.pieces().release(claim.get());
        throw e;
      }
    }
    return claim;
  }

  /**
   * Writes received bytes, and makes them visible.
   *
   * @return false when nothing is to be written any more
   */
  boolean write(Claim piece, byte[] bytes, int count) throws IOException {
    if (!kept.writes().begin()) {
      return false;
    }
    try {
      long position = kept.pieces().position(piece);
      file.write(bytes, 0, count, position);
      kept.pieces().received(piece, count);
      room.written(kept.bytes());
      progress.add(position, position + count);
      return true;
    } finally {
      kept.writes().end();
    }
  }

  /** The file counts elsewhere from now on. */
  void releaseRoom() {
    room.close();
  }
}
