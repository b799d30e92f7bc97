package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.concurrent.SingleFlight;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.storage.FailureText;
import dev.cistern.storage.content.StoredBlob;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds stored blobs that are torn, and deletes them. Blobs are not hashed each time they are
 * served. A blob is hashed, once, when its size differs from the one that a manifest declares or
 * from the one it had before, and when its size is not known at all. If its digest is right, its
 * size is known from then on; if not, it is deleted. So a manifest with a wrong size costs one hash
 * for each blob. Thread-safe.
 *
 * <p>Storage has no sizes besides the manifests. After a start, they declare the sizes of what a
 * client pulls. A client that asks for a blob first, because it resumes, makes this read the
 * manifests of the repository.
 */
final class TornBlobs {

  private static final Logger log = LoggerFactory.getLogger(TornBlobs.class);
  private static final int BUFFER = 256 * 1024;

  private final BoundedStore store;
  private final DeclaredSizes sizes;
  private final RepositorySizes declared;
  private final Executor hashing;
  private final StorageFaults faults;
  private final SingleFlight<Digest, Boolean> verifications = new SingleFlight<>();

  /**
   * @param sizes what is known
   * @param declared reads what manifests declare into {@code sizes}
   * @param hashing reads and hashes blobs, which takes as long as storage does
   */
  TornBlobs(
      BoundedStore store,
      DeclaredSizes sizes,
      RepositorySizes declared,
      Executor hashing,
      StorageFaults faults) {
    this.store = store;
    this.sizes = sizes;
    this.declared = declared;
    this.hashing = hashing;
    this.faults = faults;
  }

  /** Whether a blob has another size than it should have. Does not block. */
  boolean isSuspect(StoredBlob blob) {
    return sizes.contradicts(blob.digest(), blob.size())
        || store.knowsOtherSize(blob.digest(), blob.size());
  }

  /**
   * Whether a blob should be {@link #verify verified} before it is served: its size is wrong, or
   * not known. May read the manifests of the repository.
   */
  boolean isUnproven(RepositoryName repository, StoredBlob blob) {
    if (isSuspect(blob)) {
      return true;
    }
    Digest digest = blob.digest();
    long size = blob.size();
    if (store.knowsSize(digest, size)) {
      return false;
    }
    if (!sizes.confirms(digest, size)) {
      declared.learn(repository);
    }
    boolean right = sizes.confirms(digest, size);
    if (right) {
      store.sizeIsRight(digest, size);
    }
    return !right;
  }

  /**
   * Hashes a blob, and closes it. When this completes, a wrong blob is no longer served.
   *
   * @return completes with whether the digest is right
   */
  CompletionStage<Boolean> verify(StoredBlob blob) {
    CompletableFuture<Boolean> mine = new CompletableFuture<>();
    CompletionStage<Boolean> joined =
        verifications
            .join(
                blob.digest(),
                () -> {
                  hashing.execute(() -> complete(mine, blob));
                  return mine;
                })
            .result();
    // The blob was not read when this joined another verification, or none could be started.
    return joined.whenComplete(
        (right, failure) -> {
          if (!mine.isDone()) {
            close(blob);
          }
        });
  }

  private void complete(CompletableFuture<Boolean> verified, StoredBlob blob) {
    try {
      verified.complete(isRight(blob));
    } catch (Error e) {
      // Such as OutOfMemoryError: all who ask for the blob would wait forever.
      verified.completeExceptionally(e);
    }
  }

  private boolean isRight(StoredBlob blob) {
    Digest digest = blob.digest();
    long size = blob.size();
    try (blob) {
      if (hash(blob).equals(digest.hex())) {
        if (sizes.contradicts(digest, size)) {
          log.info(
              "Blob {} has the right digest; its size is {} bytes, and not the one that a manifest"
                  + " declares",
              digest,
              size);
        }
        sizes.proven(digest, size);
        store.confirmSize(digest, size);
        return true;
      }
      throw new IOException("its " + size + " bytes have another digest");
    } catch (IOException | RuntimeException e) {
      faults.report(
          StorageFault.TORN,
          "Stored blob " + digest + " is torn; it is deleted and will be fetched again",
          e);
      discard(digest, size);
      return false;
    }
  }

  private void discard(Digest digest, long size) {
    try {
      store.discard(digest, size);
    } catch (IOException | RuntimeException e) {
      faults.report(
          StorageFault.WRITE, "Torn blob " + digest + " could not be deleted; it is not served", e);
    }
  }

  private static String hash(StoredBlob blob) throws IOException {
    MessageDigest hash = blob.digest().algorithm().newMessageDigest();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    for (long position = 0; position < blob.size(); position += buffer.limit()) {
      buffer.clear();
      if (blob.read(buffer, position) <= 0) {
        throw new EOFException("it ends at byte " + position);
      }
      hash.update(buffer.flip());
    }
    return HexFormat.of().formatHex(hash.digest());
  }

  private static void close(StoredBlob blob) {
    try {
      blob.close();
    } catch (IOException e) {
      log.warn("Could not close blob {}: {}", blob.digest(), FailureText.of(e));
    }
  }
}
