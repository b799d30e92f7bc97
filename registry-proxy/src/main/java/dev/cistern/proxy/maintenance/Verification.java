package dev.cistern.proxy.maintenance;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.internal.store.ContentOwners;
import dev.cistern.proxy.report.Failure;
import dev.cistern.proxy.report.Outcome;
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
 * Reads all stored content, compares it with its digests, and removes wrong content, so that the
 * next request fetches it again. Then it checks the links, and removes those that are torn, that
 * contain a wrong digest, or have no content.
 *
 * <p>It may run while caches use the store. Content that is stored or evicted in the meantime is
 * not an error. Wrong content is deleted only if it has not changed since it was read, by size and
 * modification time. Content that cannot be read is reported as a {@link Failure}, and kept.
 *
 * <p>Memory depends on the wrong content and the number of threads, not on the stored content.
 */
public final class Verification {

  /** What to do with wrong content. */
  public enum Mode {
    /** Report it. */
    REPORT,
    /** Remove it, and report it. */
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
   * @param threads how many contents to read at the same time, 1 or more
   * @param progress gets the progress
   * @throws IOException when storage cannot be listed
   * @throws InterruptedException when the thread is interrupted; content that was removed before
   *     stays removed
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

  /** Shares a listing between threads, one entry at a time. */
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
