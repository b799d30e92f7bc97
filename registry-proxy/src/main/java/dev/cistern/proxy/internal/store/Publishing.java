package dev.cistern.proxy.internal.store;

import dev.cistern.api.Digest;
import dev.cistern.api.ReferrerList;
import dev.cistern.api.RepositoryName;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Stores content, which is not evicted meanwhile, and counts it instead of the room that was
 * reserved for it. Thread-safe.
 */
final class Publishing {

  private final ContentStore store;
  private final ContentLocks locks;
  private final CorruptContent corrupt;
  private final IndexRecords records;

  Publishing(ContentStore store, ContentLocks locks, CorruptContent corrupt, IndexRecords records) {
    this.store = store;
    this.locks = locks;
    this.corrupt = corrupt;
    this.records = records;
  }

  /**
   * As {@link ContentStore#publishBlob}.
   *
   * @param room the room of the file; released by this
   */
  void blob(RepositoryName repository, Digest digest, Path verifiedFile, Room room)
      throws IOException {
    publish(
        repository,
        digest,
        Files.size(verifiedFile),
        room,
        () -> store.publishBlob(repository, digest, verifiedFile));
  }

  /**
   * As {@link ContentStore#publishManifest}.
   *
   * @param room closed by the caller
   * @throws NoRoomException when the manifest does not fit
   */
  void manifest(RepositoryName repository, StoredManifest manifest, Room room) throws IOException {
    room.reserve(manifest.size());
    publish(
        repository,
        manifest.digest(),
        manifest.size(),
        room,
        () -> store.publishManifest(repository, manifest));
  }

  /**
   * As {@link ContentStore#publishReferrers}.
   *
   * @param room closed by the caller
   * @throws NoRoomException when the list does not fit
   */
  void referrers(RepositoryName repository, Digest subject, ReferrerList list, Room room)
      throws IOException {
    byte[] body = new byte[list.body().remaining()];
    list.body().get(body);
    room.reserve(body.length);
    publish(
        repository,
        list.digest(),
        body.length,
        room,
        () -> store.publishReferrers(repository, subject, list.digest(), body));
  }

  private void publish(
      RepositoryName repository,
      Digest digest,
      long size,
      Room room,
      CorruptContent.Publication publication)
      throws IOException {
    hold(digest);
    try {
      corrupt.replace(digest, publication);
      room.settle(() -> records.stored(repository, digest, size));
    } finally {
      locks.unlockShared(digest);
    }
  }

  private void hold(Digest digest) throws IOException {
    try {
      locks.lockShared(digest);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
