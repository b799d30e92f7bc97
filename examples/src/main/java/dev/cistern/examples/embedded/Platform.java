package dev.cistern.examples.embedded;

import dev.cistern.api.Printable;
import java.util.Locale;

/**
 * The platform of an image, with the names that Go uses (OCI image specification, image-index.md).
 *
 * @param os such as {@code linux}
 * @param architecture such as {@code amd64}
 */
record Platform(String os, String architecture) {

  /**
   * Parses {@code os/architecture}.
   *
   * @throws IllegalArgumentException if the text has another form
   */
  static Platform parse(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length != 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
      throw new IllegalArgumentException(
          "Invalid platform "
              + Printable.quoted(text)
              + ": it must be like linux/amd64 or linux/arm64");
    }
    return new Platform(parts[0], parts[1]);
  }

  /** Linux on the architecture of this process. */
  static Platform ofThisMachine() {
    String architecture = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    return new Platform(
        "linux",
        switch (architecture) {
          case "x86_64" -> "amd64";
          case "aarch64" -> "arm64";
          default -> architecture;
        });
  }

  @Override
  public String toString() {
    return os + "/" + architecture;
  }
}
