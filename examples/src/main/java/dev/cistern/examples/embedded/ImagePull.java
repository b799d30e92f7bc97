package dev.cistern.examples.embedded;

import dev.cistern.api.Descriptor;
import dev.cistern.api.Digest;
import dev.cistern.api.Manifest;
import dev.cistern.api.Reference;
import dev.cistern.api.RegistryException;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.ManifestContent;
import dev.cistern.proxy.event.CacheStatus;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Pulls an image from a cache as a client does: the manifest of the tag, the manifest of one
 * platform, then its configuration and layers, all at the same time. One thread writes all the
 * blobs: it writes a part of one whenever some of its bytes are available.
 */
final class ImagePull implements AutoCloseable {

  private final PullThroughCache cache;
  private final ImageLayout layout;
  private final PrintStream out;
  private final ExecutorService writer =
      Executors.newSingleThreadExecutor(task -> new Thread(task, "pull-image"));

  /**
   * Prepares pulls.
   *
   * @param cache is not closed
   * @param out for the progress; is not closed
   */
  ImagePull(PullThroughCache cache, ImageLayout layout, PrintStream out) {
    this.cache = cache;
    this.layout = layout;
    this.out = out;
  }

  void run(ImageName image, Platform platform)
      throws RegistryException, IOException, InterruptedException {
    ManifestContent named = manifest(image.repository(), image.reference());
    out.println(image + " is " + named.digest());
    if (named.status() instanceof CacheStatus.Stale stale) {
      out.println("  last confirmed " + stale.age().toSeconds() + " s ago: " + stale.reason());
    }
    ManifestContent manifest = named;
    if (Manifest.read(named.body()).mediaType().isIndex()) {
      Digest chosen = PlatformManifests.choose(bytes(named), platform);
      out.println(platform + " is " + chosen);
      manifest = manifest(image.repository(), chosen);
    }
    blobs(image.repository(), Manifest.read(manifest.body()).blobs());
    layout.write(manifest.info(), bytes(manifest), image.reference().toString());
    out.println("written to " + layout);
  }

  private ManifestContent manifest(RepositoryName repository, Reference reference)
      throws RegistryException, IOException, InterruptedException {
    return await(cache.manifest(repository, reference));
  }

  private static byte[] bytes(ManifestContent manifest) {
    ByteBuffer body = manifest.body();
    byte[] bytes = new byte[body.remaining()];
    body.get(bytes);
    return bytes;
  }

  private void blobs(RepositoryName repository, List<Descriptor> blobs)
      throws RegistryException, IOException, InterruptedException {
    // An image may list a layer twice.
    Set<Digest> seen = new HashSet<>();
    List<Descriptor> distinct = blobs.stream().filter(blob -> seen.add(blob.digest())).toList();
    Progress progress =
        new Progress(distinct.size(), distinct.stream().mapToLong(Descriptor::size).sum(), out);
    CompletableFuture<?>[] downloads =
        distinct.stream()
            .map(blob -> cache.blob(repository, blob.digest()))
            .map(opened -> opened.thenCompose(content -> save(content, progress)))
            .map(CompletionStage::toCompletableFuture)
            .toArray(CompletableFuture[]::new);
    await(CompletableFuture.allOf(downloads));
  }

  private CompletionStage<Void> save(BlobContent content, Progress progress) {
    return BlobDownload.start(content, layout.blob(content.digest()), progress, writer);
  }

  /** Waits for a stage of the cache and throws its failure. */
  private static <T> T await(CompletionStage<T> stage)
      throws RegistryException, IOException, InterruptedException {
    try {
      return stage.toCompletableFuture().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RegistryException failure) {
        throw failure;
      }
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException(e);
    }
  }

  /** Cancels downloads that are still in progress. */
  @Override
  public void close() {
    writer.shutdown();
  }
}
