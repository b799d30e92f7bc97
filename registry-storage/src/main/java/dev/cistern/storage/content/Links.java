package dev.cistern.storage.content;

import dev.cistern.api.Digest;
import dev.cistern.api.RegistryException;
import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.ObjectStat;
import dev.cistern.storage.StorageDriver;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads and writes links: small objects that contain a digest. */
final class Links {

  private static final Logger LOG = LoggerFactory.getLogger(Links.class);

  private final StorageDriver driver;

  Links(StorageDriver driver) {
    this.driver = driver;
  }

  /**
   * Whether the link exists. It need not be read, because its key contains the digest; an empty
   * link is left from a crash and does not count.
   */
  boolean present(String key) throws IOException {
    Optional<ObjectStat> stat = driver.stat(key);
    return stat.isPresent() && stat.get().size() > 0;
  }

  /** The digest in the link; empty if the link is missing or has no digest. */
  Optional<Digest> target(String key) throws IOException {
    Optional<String> line = SmallObject.readLine(driver, key);
    if (line.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Digest.parse(line.get()));
    } catch (RegistryException e) {
      LOG.warn("Ignored the broken link {}: it has no valid digest", key, e);
      return Optional.empty();
    }
  }

  /** Writes the link unless it exists: one operation if it does not. */
  void ensure(String key, Digest digest) throws IOException {
    if (!driver.putIfAbsent(key, body(digest)) && !present(key)) {
      write(key, digest);
    }
  }

  void write(String key, Digest digest) throws IOException {
    driver.put(key, body(digest));
  }

  private static ObjectBody body(Digest digest) {
    return ObjectBody.of(digest.toString().getBytes(StandardCharsets.US_ASCII));
  }
}
