package dev.cistern.proxy.testing;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.upstream.Upstream;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.StoredBlob;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A cache between a {@link FakeRegistry} and a {@link ScriptedDriver}. */
public final class TestCache implements Closeable {

  public final FakeRegistry registry = FakeRegistry.start();
  public final ManualClock clock = new ManualClock();
  public final ScriptedDriver driver = new ScriptedDriver(clock);
  public final ContentStore store = new ContentStore(driver);
  public final CountedEvents events = new CountedEvents();
  public final PullThroughCache cache;
  private final Path spool;

  private TestCache(Path spool, Optional<Upstream> upstream) {
    this.spool = spool;
    cache =
        PullThroughCache.builder()
            .upstream(upstream.orElseGet(registry::connect))
            .storage(driver)
            .spoolDirectory(spool)
            .clock(clock)
            .listener(events)
            .build();
  }

  /** A cache of the registry, whose transfers lie in {@code spool}. */
  public static TestCache over(Path spool) {
    return new TestCache(spool, Optional.empty());
  }

  /** A cache of something else than the registry. */
  public static TestCache over(Path spool, Upstream upstream) {
    return new TestCache(spool, Optional.of(upstream));
  }

  /** Opens a blob. */
  public BlobContent open(RepositoryName repository, Digest digest) {
    return Await.value(cache.blob(repository, digest));
  }

  /** Reads a whole blob. */
  public byte[] pull(RepositoryName repository, Digest digest) throws IOException {
    try (BlobContent content = open(repository, digest)) {
      return Reading.all(content);
    }
  }

  public boolean isStored(RepositoryName repository, Digest digest) throws IOException {
    Optional<StoredBlob> blob = store.blob(repository, digest);
    if (blob.isPresent()) {
      blob.get().close();
    }
    return blob.isPresent();
  }

  public void awaitStored(RepositoryName repository, Digest digest) {
    driver.await(() -> isStored(repository, digest));
  }

  /** Files in the spool, but for those that say whose it is. */
  public List<Path> spooled() {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> owned = Files.newDirectoryStream(spool, Files::isDirectory)) {
      for (Path directory : owned) {
        try (DirectoryStream<Path> transfers =
            Files.newDirectoryStream(directory, file -> !file.endsWith("owner"))) {
          transfers.forEach(files::add);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }

  @Override
  public void close() throws IOException {
    registry.close();
    cache.close();
  }
}
