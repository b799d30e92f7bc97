package dev.cistern.proxy.maintenance;

import dev.cistern.api.Digest;
import dev.cistern.proxy.report.Failure;
import dev.cistern.proxy.report.Outcome;
import dev.cistern.storage.StoredObject;
import dev.cistern.storage.content.BlobStat;
import dev.cistern.storage.content.ContentInventory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Reads content and compares it with its digest, while caches may store, touch and delete content.
 * For one thread.
 */
final class ContentCheck {

  /** Large, because hashing is fastest for large pieces. */
  private static final int BUFFER = 1 << 20;

  /** How often to read content again that changes while it is read. */
  private static final int TRIES = 5;

  private final ContentInventory inventory;
  private final VerificationProgress progress;
  private final Consumer<Failure> failures;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);

  /**
   * Checks the content of a store.
   *
   * @param failures gets wrong content that could not be deleted
   */
  ContentCheck(
      ContentInventory inventory, VerificationProgress progress, Consumer<Failure> failures) {
    this.inventory = inventory;
    this.failures = failures;
    this.progress = progress;
  }

  /**
   * Checks one content. In mode {@code REPAIR}, deletes wrong content, unless it has changed since
   * it was read.
   *
   * @return empty when the bytes are right, or the content no longer exists
   * @throws IOException when the bytes cannot be read
   */
  Optional<WrongContent> check(Digest digest, Verification.Mode mode) throws IOException {
    for (int tries = 1; ; tries++) {
      Optional<BlobStat> before = inventory.blob(digest);
      Optional<Digest> actual = before.isEmpty() ? Optional.empty() : hash(digest);
      if (actual.isEmpty() || actual.get().equals(digest)) {
        return Optional.empty();
      }
      boolean same = inventory.blob(digest).equals(before);
      if (same || tries == TRIES) {
        Outcome outcome = same && mode == Verification.Mode.REPAIR ? delete(digest) : Outcome.LEFT;
        return Optional.of(
            new WrongContent(digest, actual.get(), before.get().size(), List.of(), outcome));
      }
    }
  }

  private Outcome delete(Digest digest) {
    try {
      inventory.delete(digest);
      return Outcome.REMOVED;
    } catch (IOException e) {
      failures.accept(Failure.of(digest, e));
      return Outcome.LEFT;
    }
  }

  /** Empty when the content no longer exists. */
  private Optional<Digest> hash(Digest digest) throws IOException {
    Optional<StoredObject> opened = inventory.open(digest);
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    try (StoredObject object = opened.get()) {
      MessageDigest hash = digest.algorithm().newMessageDigest();
      long position = 0;
      for (int read = read(object, position); read >= 0; read = read(object, position)) {
        hash.update(buffer.array(), 0, read);
        position += read;
        progress.read(read);
      }
      return Optional.of(new Digest(digest.algorithm(), HexFormat.of().formatHex(hash.digest())));
    } catch (IOException e) {
      if (inventory.blob(digest).isEmpty()) {
        // It was deleted while it was read, which not every back-end supports.
        return Optional.empty();
      }
      throw e;
    }
  }

  private int read(StoredObject object, long position) throws IOException {
    buffer.clear();
    return object.read(buffer, position);
  }
}
