package dev.cistern.proxy.internal.pull;

import dev.cistern.api.Digest;
import dev.cistern.proxy.event.StorageFault;
import dev.cistern.proxy.internal.concurrent.SingleFlight;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
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
 * Finds out which stored blobs are torn. Blobs are not hashed when they are served; but one that
 * has not the size that a manifest declares, or that it had before, is hashed once. Either its
 * bytes are right, and its size is known from then on whatever a manifest says; or they are wrong,
 * and it goes. So a manifest that lies costs one hashing a blob. Thread-safe.
 */
final class TornBlobs {

  private static final Logger log = LoggerFactory.getLogger(TornBlobs.class);
  private static final int BUFFER = 256 * 1024;

  private final BoundedStore store;
  private final DeclaredSizes sizes;
  private final Executor hashing;
  private final StorageFaults faults;
  private final SingleFlight<Digest, Boolean> verifications = new SingleFlight<>();

  /**
   * @param hashing where blobs are read and hashed, which takes as long as storage does
   */
  TornBlobs(BoundedStore store, DeclaredSizes sizes, Executor hashing, StorageFaults faults) {
    this.store = store;
    this.sizes = sizes;
    this.hashing = hashing;
    this.faults = faults;
  }

  /** Whether a blob should be {@link #verify verified} before it is served. A look-up. */
  boolean isSuspect(StoredBlob blob) {
    return sizes.contradicts(blob.digest(), blob.size())
        || store.knowsOtherSize(blob.digest(), blob.size());
  }

  /**
   * Hashes a blob, and closes it. A wrong one is no longer served when this completes.
   *
   * @return completes with whether it is right
   */
  CompletionStage<Boolean> verify(StoredBlob blob) {
    CompletableFuture<Boolean> mine = new CompletableFuture<>();
    CompletionStage<Boolean> joined =
        verifications
            .join(
                blob.digest(),
                () -> {
                  hashing.execute(() -> mine.complete(isRight(blob)));
                  return mine;
                })
            .result();
    // Whoever joined another's inspection, or could not begin one, needs the blob no longer.
    return joined.whenComplete(
        (right, failure) -> {
          if (!mine.isDone()) {
            close(blob);
          }
        });
  }

  private boolean isRight(StoredBlob blob) {
    Digest digest = blob.digest();
    long size = blob.size();
    try (blob) {
      if (hash(blob).equals(digest.hex())) {
        sizes.proven(digest, size);
        store.confirmSize(digest, size);
        log.info("Blob {} is right with its {} bytes: a manifest declares others", digest, size);
        return true;
      }
      throw new IOException("its " + size + " bytes have another digest");
    } catch (IOException | RuntimeException e) {
      faults.report(StorageFault.TORN, "Blob " + digest + " is torn and will be fetched again", e);
      discard(digest, size);
      return false;
    }
  }

  private void discard(Digest digest, long size) {
    try {
      store.discard(digest, size);
    } catch (IOException | RuntimeException e) {
      faults.report(StorageFault.WRITE, "Torn blob " + digest + " could not be deleted", e);
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
      log.warn("Could not close blob {}: {}", blob.digest(), e.toString());
    }
  }
}
