package dev.cistern.proxy.internal.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cistern.api.Digest;
import dev.cistern.proxy.event.CacheListener;
import dev.cistern.proxy.internal.fetch.SpoolDirectory;
import dev.cistern.proxy.internal.store.BoundedStore;
import dev.cistern.proxy.internal.store.StorageFaults;
import dev.cistern.proxy.policy.Limits;
import dev.cistern.proxy.testing.Await;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.LinkInventory;
import dev.cistern.storage.content.StoredBlob;
import dev.cistern.storage.memory.MemoryDriver;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How the verification of a blob ends. */
class TornBlobsTest {

  private final ExecutorService hashing = Executors.newSingleThreadExecutor();
  private final StorageFaults faults =
      new StorageFaults(InstantSource.system(), CacheListener.NONE);
  private final MemoryDriver driver = new MemoryDriver();
  private final DeclaredSizes sizes = new DeclaredSizes();
  private final BoundedStore store;
  private final TornBlobs torn;

  TornBlobsTest(@TempDir Path spool) {
    store =
        new BoundedStore(
            driver,
            Limits.DEFAULT,
            SpoolDirectory.under(spool).unfinished(),
            InstantSource.system(),
            faults,
            CacheListener.NONE,
            Thread::new);
    torn =
        new TornBlobs(
            store,
            sizes,
            new RepositorySizes(new ContentStore(driver), new LinkInventory(driver), sizes, faults),
            hashing,
            faults);
  }

  @AfterEach
  void close() {
    hashing.shutdown();
    store.close();
  }

  @Test
  void aVerificationThatFailsForLackOfAnythingEndsToo() {
    Unreadable blob = new Unreadable();

    assertThatThrownBy(() -> Await.value(torn.verify(blob)))
        .hasRootCauseInstanceOf(NoClassDefFoundError.class);
    assertThat(blob.closed).isTrue();
    // The next one does not join it.
    Unreadable again = new Unreadable();
    assertThatThrownBy(() -> Await.value(torn.verify(again)))
        .hasRootCauseInstanceOf(NoClassDefFoundError.class);
    assertThat(again.read).isTrue();
  }

  private static final class Unreadable implements StoredBlob {

    private volatile boolean read;
    private volatile boolean closed;

    @Override
    public Digest digest() {
      return Digest.sha256(new byte[1]);
    }

    @Override
    public long size() {
      return 1;
    }

    @Override
    public Optional<FileChannel> channel() {
      return Optional.empty();
    }

    @Override
    public int read(ByteBuffer target, long position) {
      read = true;
      throw new NoClassDefFoundError("of this test");
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
