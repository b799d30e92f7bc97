package dev.cistern.server.cli;

import dev.cistern.api.Descriptor;
import dev.cistern.api.Digest;
import dev.cistern.api.Printable;
import dev.cistern.proxy.ImageSource;
import dev.cistern.proxy.ImageWarming;
import dev.cistern.proxy.ImageWarming.Progress;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.WarmingListener;
import dev.cistern.proxy.content.Platform;
import dev.cistern.proxy.report.TransferState.Phase;
import dev.cistern.server.report.WarmingText;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Warms images, a few at a time, and waits for them. For one thread. */
final class WarmRun {

  private static final int AT_ONCE = 2;
  private static final int MAX_LENGTH = 1_000;

  /** How often what is shown changes. */
  private static final Duration GLANCE = Duration.ofMillis(200);

  private static final Progress NOTHING = new Progress(0, 0, 0, 0, Optional.empty(), List.of());
  private static final String INTERRUPTED =
      "interrupted; run the command again to fetch what is missing";

  private record Ended(int image, @Nullable Throwable failure) {}

  private final List<WantedImage> images;
  private final Optional<Platform> platform;
  private final WarmDisplay display;
  private final Consumer<WarmedImage> printer;

  private final Map<Integer, WarmedImage> results = new TreeMap<>();
  private final Map<Integer, ImageWarming> running = new HashMap<>();
  private final BlockingQueue<Ended> ended = new LinkedBlockingQueue<>();
  private final Set<Digest> blobs = ConcurrentHashMap.newKeySet();
  private int next;

  /**
   * @param platform which images of an index; empty: all of them
   * @param printer prints the result of an image
   */
  WarmRun(
      List<WantedImage> images,
      Optional<Platform> platform,
      WarmDisplay display,
      Consumer<WarmedImage> printer) {
    this.images = images;
    this.platform = platform;
    this.display = display;
    this.printer = printer;
  }

  /** Warms all images. After an interruption, those that are not warm yet have failed. */
  void run(ImageSource source) {
    try {
      while (next < images.size() || !running.isEmpty()) {
        while (next < images.size() && running.size() < AT_ONCE) {
          start(source, next++);
        }
        Ended end = ended.poll(GLANCE.toMillis(), TimeUnit.MILLISECONDS);
        if (end == null) {
          display.draw();
        } else {
          end(end);
        }
      }
    } catch (InterruptedException e) {
      // Not passed on: the results are printed, and the cache is closed without haste.
      interrupt();
    }
  }

  /**
   * As {@link #run(ImageSource)}, and waits until the cache has stored what it has fetched.
   *
   * @param watch gets the problem if that was interrupted
   */
  void run(PullThroughCache cache, StoreWatch watch) {
    run(ImageWarming.storedSource(cache));
    try {
      while (isStoring(cache)) {
        Ended unused = ended.poll(GLANCE.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      watch.add("interrupted while blobs were being stored; run the command again");
    }
  }

  private static boolean isStoring(PullThroughCache cache) {
    return cache.transfers().stream().anyMatch(each -> each.phase() == Phase.STORING)
        || cache.pendingUploads() > 0;
  }

  private void start(ImageSource source, int index) {
    WantedImage image = images.get(index);
    WarmingListener shown = display.started(image);
    ImageWarming warming =
        ImageWarming.start(
            source, image.repository(), image.reference(), platform, new Noted(shown));
    running.put(index, warming);
    warming.completion().whenComplete((done, failure) -> ended.add(new Ended(index, failure)));
  }

  /** Remembers which blobs there are. */
  private final class Noted implements WarmingListener {

    private final WarmingListener shown;

    Noted(WarmingListener shown) {
      this.shown = shown;
    }

    @Override
    public void blobRequested(Descriptor blob) {
      shown.blobRequested(blob);
    }

    @Override
    public void blobAdvanced(Descriptor blob, long bytes) {
      shown.blobAdvanced(blob, bytes);
    }

    @Override
    public void blobEnded(Descriptor blob, ImageSource.Origin origin) {
      blobs.add(blob.digest());
      shown.blobEnded(blob, origin);
    }
  }

  private void end(Ended end) {
    ImageWarming warming = running.remove(end.image);
    if (warming != null) {
      Progress progress = warming.progress();
      Optional<String> failure =
          end.failure != null
              ? Optional.of(message(end.failure))
              : progress.notStored().isEmpty()
                  ? Optional.empty()
                  : Optional.of(WarmingText.notStored(progress.notStored()));
      result(end.image, progress, failure);
    }
  }

  private void interrupt() {
    for (Ended end = ended.poll(); end != null; end = ended.poll()) {
      end(end);
    }
    running.forEach(
        (index, warming) -> {
          warming.cancel();
          result(index, warming.progress(), Optional.of(INTERRUPTED));
        });
    running.clear();
    for (; next < images.size(); next++) {
      result(next, NOTHING, Optional.of(INTERRUPTED));
    }
  }

  private void result(int index, Progress progress, Optional<String> failure) {
    WarmedImage result = new WarmedImage(images.get(index), progress, failure);
    results.put(index, result);
    display.ended(result.image());
    display.print(() -> printer.accept(result));
  }

  private static String message(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return Printable.line(StorageException.message(cause), MAX_LENGTH);
  }

  /** The results, in the order of the images. */
  List<WarmedImage> results() {
    return List.copyOf(results.values());
  }

  /** The blobs of the images. */
  Set<Digest> blobs() {
    return Set.copyOf(blobs);
  }
}
