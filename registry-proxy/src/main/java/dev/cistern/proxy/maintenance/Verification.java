package dev.cistern.proxy.maintenance;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.content.BlobStat;
import dev.cistern.storage.content.ContentInventory;
import dev.cistern.storage.content.ContentStore;
import dev.cistern.storage.content.LinkInventory;
import dev.cistern.storage.content.StoredLink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads everything that is stored, holds it against its digest, and removes what is wrong: the next
 * request fetches it again. After the bytes the links: those that are torn or hold another digest
 * than they should go, and those whose content is gone.
 *
 * <p>May work beside running caches. What comes or goes meanwhile is not wrong, and wrong bytes are
 * deleted only when they are still those that were read, as far as size and modification time tell.
 * What storage cannot read is a {@link Failure}, and stays.
 *
 * <p>Memory goes with what is wrong and with the number of threads, not with what is stored.
 */
public final class Verification {

  /** What to do about what is wrong. */
  public enum Mode {
    /** Tell. */
    REPORT,
    /** Remove it, and tell. */
    REPAIR
  }

  private final StorageDriver driver;
  private final Mode mode;
  private final int threads;
  private final ContentInventory inventory;
  private final ConcurrentLinkedQueue<WrongContent> wrong = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Failure> failures = new ConcurrentLinkedQueue<>();
  private final List<BrokenLink> brokenLinks = new ArrayList<>();

  private Verification(StorageDriver driver, Mode mode, int threads) {
    this.driver = driver;
    this.mode = mode;
    this.threads = threads;
    inventory = new ContentInventory(driver);
  }

  /**
   * Verifies a store.
   *
   * @param driver stays the caller's
   * @param threads how many contents to read at a time, 1 or more
   * @param progress is told how far it is
   * @throws IOException when storage cannot say what is there
   * @throws InterruptedException when the thread is interrupted; what has been removed by then is
   *     gone
   */
  public static VerificationReport run(
      StorageDriver driver, Mode mode, int threads, VerificationProgress progress)
      throws IOException, InterruptedException {
    return new Verification(driver, mode, threads).run(progress);
  }

  private record Sum(long contents, long bytes) {}

  private VerificationReport run(VerificationProgress progress)
      throws IOException, InterruptedException {
    Sum sum = count();
    progress.begin(sum.contents, sum.bytes);
    checkContents(progress);
    Set<Digest> digests = wrong.stream().map(WrongContent::digest).collect(Collectors.toSet());
    ContentOwners owners = ContentOwners.of(digests, driver);
    for (RepositoryName repository : new ContentStore(driver).repositories()) {
      checkLinks(repository);
    }
    return new VerificationReport(
        sum.contents,
        sum.bytes,
        wrong.stream()
            .map(content -> content.in(owners.of(content.digest())))
            .sorted(Comparator.comparing(content -> content.digest().toString()))
            .toList(),
        brokenLinks,
        dangling(digests),
        List.copyOf(failures));
  }

  private Sum count() throws IOException {
    long contents = 0;
    long bytes = 0;
    try (Stream<BlobStat> blobs = inventory.blobs()) {
      for (Iterator<BlobStat> i = blobs.iterator(); i.hasNext(); ) {
        contents++;
        bytes += i.next().size();
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return new Sum(contents, bytes);
  }

  private void checkContents(VerificationProgress progress)
      throws IOException, InterruptedException {
    ExecutorService workers = Executors.newFixedThreadPool(threads);
    try (Stream<BlobStat> blobs = inventory.blobs()) {
      SharedContents contents = new SharedContents(blobs.iterator());
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        running.add(workers.submit(() -> checkAll(contents, progress)));
      }
      for (Future<?> worker : running) {
        worker.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UncheckedIOException storage) {
        throw storage.getCause();
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      workers.shutdownNow();
    }
  }

  /** Hands out what a listing shows, one by one. */
  private static final class SharedContents {
    private final Iterator<BlobStat> listing;

    SharedContents(Iterator<BlobStat> listing) {
      this.listing = listing;
    }

    synchronized Optional<BlobStat> next() {
      return listing.hasNext() ? Optional.of(listing.next()) : Optional.empty();
    }
  }

  private void checkAll(SharedContents contents, VerificationProgress progress) {
    ContentCheck check = new ContentCheck(inventory, progress, failures::add);
    for (Optional<BlobStat> next = contents.next();
        next.isPresent() && !Thread.currentThread().isInterrupted();
        next = contents.next()) {
      Digest digest = next.get().digest();
      try {
        check.check(digest, mode).ifPresent(wrong::add);
      } catch (IOException e) {
        failures.add(Failure.of(digest, e));
      }
    }
  }

  private void checkLinks(RepositoryName repository) throws IOException {
    LinkInventory links = new LinkInventory(driver);
    try (Stream<StoredLink> all = links.links(repository)) {
      for (Iterator<StoredLink> i = all.iterator(); i.hasNext(); ) {
        StoredLink link = i.next();
        try {
          if (mode == Mode.REPAIR && links.removeBroken(link)) {
            brokenLinks.add(new BrokenLink(repository, link.key(), Outcome.REMOVED));
          } else if (mode == Mode.REPORT && links.isBroken(link)) {
            brokenLinks.add(new BrokenLink(repository, link.key(), Outcome.LEFT));
          }
        } catch (IOException e) {
          failures.add(Failure.of(link.key(), e));
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private long dangling(Set<Digest> wrongDigests) throws IOException {
    if (mode == Mode.REPORT) {
      return DanglingLinks.count(
          driver, digest -> !wrongDigests.contains(digest) && inventory.blob(digest).isPresent());
    }
    long removed = 0;
    for (RepositoryName repository : new ContentStore(driver).repositories()) {
      try {
        removed += inventory.removeDangling(repository, digest -> false);
      } catch (IOException e) {
        failures.add(Failure.of(repository, e));
      }
    }
    return removed;
  }
}
