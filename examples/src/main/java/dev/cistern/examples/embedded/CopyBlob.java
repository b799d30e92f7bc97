package dev.cistern.examples.embedded;

import dev.cistern.api.Digest;
import dev.cistern.api.RepositoryName;
import dev.cistern.proxy.PullThroughCache;
import dev.cistern.proxy.content.BlobContent;
import dev.cistern.proxy.content.BlobInputStream;
import dev.cistern.proxy.upstream.http.UpstreamConfig;
import dev.cistern.storage.filesystem.FilesystemDriver;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Copies a blob through a cache: {@code CopyBlob UPSTREAM REPOSITORY DIGEST DIRECTORY}. */
public final class CopyBlob {

  private CopyBlob() {}

  public static void main(String[] args) throws Exception {
    RepositoryName repository = RepositoryName.parse(args[1]);
    Digest digest = Digest.parse(args[2]);
    Path directory = Path.of(args[3]);
    try (PullThroughCache cache =
        PullThroughCache.builder()
            .upstream(UpstreamConfig.builder(args[0]).build())
            .storage(FilesystemDriver.open(directory.resolve("cache")))
            .build()) {
      BlobContent blob = cache.blob(repository, digest).toCompletableFuture().join();
      try (InputStream in = new BlobInputStream(blob)) {
        Files.copy(in, directory.resolve("blob"));
      }
    }
  }
}
