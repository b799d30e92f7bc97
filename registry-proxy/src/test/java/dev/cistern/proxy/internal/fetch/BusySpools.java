package dev.cistern.proxy.internal.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cistern.api.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A process that makes one spool after another, and looks whether their files stay. */
final class BusySpools {

  private static final int ROUNDS = 1000;

  /** Enough on a busy machine. */
  private static final Duration LONGEST = Duration.ofSeconds(20);

  private BusySpools() {}

  /** {@code BusySpools BASE} prints how many files were removed before their spool was. */
  public static void main(String[] arguments) throws IOException {
    Digest digest = Digest.sha256(new byte[0]);
    long end = System.nanoTime() + LONGEST.toNanos();
    int removed = 0;
    for (int i = 0; i < ROUNDS && System.nanoTime() < end; i++) {
      try (SpoolDirectory spools = SpoolDirectory.under(Path.of(arguments[0]))) {
        SpoolFile file = spools.open(digest);
        file.write("half".getBytes(UTF_8), 0, 4, 0);
        file.release();
        // Makes another file, which takes as long as another process needs to remove the first.
        spools.open(digest).release();
        if (Files.notExists(file.path())) {
          removed++;
        }
      }
    }
    System.out.println(removed);
  }
}
