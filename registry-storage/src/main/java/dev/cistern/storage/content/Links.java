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

/** The small objects that hold a digest. */
final class Links {

  private static final Logger LOG = LoggerFactory.getLogger(Links.class);

  private final StorageDriver driver;

  Links(StorageDriver driver) {
    this.driver = driver;
  }

  /**
   * Whether the link is there. Where a link's key names its digest already there is nothing to read
   * in it; an empty one was torn by a crash.
   */
  boolean present(String key) throws IOException {
    Optional<ObjectStat> stat = driver.stat(key);
    return stat.isPresent() && stat.get().size() > 0;
  }

  /** What the link names; empty when there is none, or nothing that could be a digest in it. */
  Optional<Digest> target(String key) throws IOException {
    Optional<String> line = SmallObject.readLine(driver, key);
    if (line.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Digest.parse(line.get()));
    } catch (RegistryException e) {
      LOG.warn("{} holds no digest: it counts as absent", key, e);
      return Optional.empty();
    }
  }

  /** Writes the link unless it is there: what is warm already costs no write. */
  void ensure(String key, Digest digest) throws IOException {
    if (!present(key)) {
      write(key, digest);
    }
  }

  void write(String key, Digest digest) throws IOException {
    driver.put(key, ObjectBody.of(digest.toString().getBytes(StandardCharsets.US_ASCII)));
  }
}
