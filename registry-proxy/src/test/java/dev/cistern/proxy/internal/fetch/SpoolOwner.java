package dev.cistern.proxy.internal.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.cistern.api.Digest;
import java.io.IOException;
import java.nio.file.Path;

/** A separate process with an unfinished transfer, which runs while its input is open. */
final class SpoolOwner {

  private SpoolOwner() {}

  /** Prints the path of the unfinished transfer. */
  public static void main(String[] arguments) throws IOException {
    SpoolDirectory spools = SpoolDirectory.under(Path.of(arguments[0]));
    SpoolFile file = spools.open(Digest.sha256(new byte[0]));
    file.write("half".getBytes(UTF_8), 0, 4, 0);
    System.out.println(file.path());
    System.out.flush();
    // Ends with the test's process at the latest.
    while (System.in.read() >= 0) {}
    Runtime.getRuntime().halt(1);
  }
}
