package dev.cistern.examples.embedded;

import dev.cistern.api.RegistryException;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * Pulls one image through its own cache.
 *
 * <pre>
 * PullImage https://registry-1.docker.io library/alpine:3.20 /tmp/pulled
 * </pre>
 *
 * <p>The cache is in {@code /tmp/pulled/cache}, so that a second run fetches nothing again. The
 * image is written to {@code /tmp/pulled/image} as an OCI image layout, which {@code skopeo copy
 * oci:/tmp/pulled/image:3.20 ...} and {@code podman pull oci:...} can read.
 */
public final class PullImage {

  private static final String USAGE =
      """
      usage: PullImage REGISTRY REPOSITORY[:TAG|@DIGEST] DIRECTORY [OS/ARCHITECTURE]
       e.g.: PullImage https://registry-1.docker.io library/alpine:3.20 pulled linux/amd64""";

  private PullImage() {}

  /** Pulls the image and exits with 0, or with 1 or 2 after an error. */
  public static void main(String[] args) {
    System.exit(run(args, System.out, System.err));
  }

  /** Returns the exit code: 0, 1 if the pull failed, 2 if the arguments are invalid. */
  static int run(String[] args, PrintStream out, PrintStream err) {
    if (args.length < 3 || args.length > 4) {
      err.println(USAGE);
      return 2;
    }
    UpstreamConfig upstream;
    ImageName image;
    Path directory;
    Platform platform;
    try {
      upstream = UpstreamConfig.builder(args[0]).build();
      image = ImageName.parse(args[1]);
      directory = Path.of(args[2]);
      platform = args.length == 4 ? Platform.parse(args[3]) : Platform.ofThisMachine();
    } catch (RegistryException | IllegalArgumentException e) {
      err.println(e.getMessage());
      return 2;
    }
    try {
      pull(upstream, image, directory, platform, out);
      return 0;
    } catch (RegistryException | IOException e) {
      err.println("Cannot pull " + image + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      err.println("Cannot pull " + image + ": interrupted");
    }
    return 1;
  }

  private static void pull(
      UpstreamConfig upstream, ImageName image, Path directory, Platform platform, PrintStream out)
      throws RegistryException, IOException, InterruptedException {
    // Closing the cache stores the blobs that are complete and closes the upstream and the driver.
    try (PullThroughCache cache =
            PullThroughCache.builder()
                .upstream(upstream)
                .storage(FilesystemDriver.open(directory.resolve("cache")))
                .build();
        ImagePull pull = new ImagePull(cache, ImageLayout.in(directory.resolve("image")), out)) {
      pull.run(image, platform);
    }
  }
}
