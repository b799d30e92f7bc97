package dev.cistern.storage.s3;

import dev.cistern.storage.ObjectBody;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Writes objects that do not exist yet: by one conditional write each, if the server respects
 * conditions. With a server that does not, this looks for the object first and writes then; of two
 * processes that do so at the same moment, both may believe to have been first. This is logged.
 * Thread-safe.
 */
final class ConditionalWrites {

  private static final Logger log = LoggerFactory.getLogger(ConditionalWrites.class);

  private static final int TRIES = 8;

  private final Uploads uploads;
  private final ObjectHeads heads;
  private final String bucket;
  private final String probe;
  private final Object[] locks = new Object[64];

  private volatile boolean conditional = true;
  private volatile boolean probed;

  /**
   * @param bucket its name, for messages
   * @param probe the name of an object that every driver writes, to see what the server does
   */
  ConditionalWrites(Uploads uploads, ObjectHeads heads, String bucket, String probe) {
    this.uploads = uploads;
    this.heads = heads;
    this.bucket = bucket;
    this.probe = probe;
    for (int i = 0; i < locks.length; i++) {
      locks[i] = new Object();
    }
  }

  /** Checks that the bucket can be written, and whether the server respects conditions. */
  void probe() throws IOException {
    ObjectBody body = ObjectBody.of(new byte[] {'\n'});
    if (write(probe, body) && conditional && write(probe, body)) {
      forgetConditions("it replaced an object although the request forbade it");
    }
    probed = true;
  }

  /**
   * Writes an object unless it exists.
   *
   * @return whether it was written
   */
  boolean putIfAbsent(String name, ObjectBody body) throws IOException {
    if (!probed) {
      probe();
    }
    return write(name, body);
  }

  private boolean write(String name, ObjectBody body) throws IOException {
    for (int tries = 1; conditional; tries++) {
      try {
        uploads.put(name, body, Uploads.Mode.ONLY_IF_ABSENT);
        return true;
      } catch (AwsServiceException e) {
        if (S3Failures.isPreconditionFailed(e)) {
          return false;
        }
        if (S3Failures.isUnknownRequest(e)) {
          forgetConditions(String.valueOf(e.getMessage()));
        } else if (!S3Failures.isConflict(e) || tries == TRIES) {
          throw S3Failures.of(e, "could not write " + name);
        }
      }
    }
    return writeAfterLook(name, body);
  }

  private void forgetConditions(String reason) {
    if (conditional) {
      conditional = false;
      log.warn(
          "The server of bucket {} does not support conditional writes: {}. Several caches with"
              + " this bucket may both believe to have stored an object first",
          bucket,
          reason);
    }
  }

  private boolean writeAfterLook(String name, ObjectBody body) throws IOException {
    synchronized (locks[Math.floorMod(name.hashCode(), locks.length)]) {
      if (heads.head(name, "could not look for " + name).isPresent()) {
        return false;
      }
      try {
        uploads.put(name, body, Uploads.Mode.REPLACE);
        return true;
      } catch (SdkException e) {
        throw S3Failures.of(e, "could not write " + name);
      }
    }
  }
}
