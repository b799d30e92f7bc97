package dev.cistern.proxy.content;

import dev.cistern.api.Printable;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The platform of an image, with the names that Go uses (OCI image specification, image-index.md).
 *
 * @param os such as {@code linux}
 * @param architecture such as {@code amd64}
 * @param variant such as {@code v7}; empty: any
 */
public record Platform(String os, String architecture, String variant) {

  private static final Pattern NAME = Pattern.compile("[a-z0-9_.-]{1,32}");

  private static final Map<String, String> OTHER_NAMES =
      Map.of("aarch64", "arm64", "x86_64", "amd64", "x86-64", "amd64", "i386", "386");

  /** {@code linux/amd64}. */
  public static final Platform LINUX_AMD64 = new Platform("linux", "amd64", "");

  public Platform {
    if (!NAME.matcher(os).matches()
        || !NAME.matcher(architecture).matches()
        || !(variant.isEmpty() || NAME.matcher(variant).matches())) {
      throw new IllegalArgumentException(
          "Invalid platform "
              + Printable.quoted(os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant))
              + ": it must be like linux/amd64 or linux/arm/v7");
    }
  }

  /**
   * Parses {@code os/architecture} or {@code os/architecture/variant}. As in containerd, {@code
   * aarch64} and {@code x86_64}, which {@code uname -m} prints, are {@code arm64} and {@code
   * amd64}.
   *
   * @throws IllegalArgumentException if the text has another form
   */
  public static Platform parse(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length < 2 || parts.length > 3) {
      throw new IllegalArgumentException(
          "Invalid platform "
              + Printable.quoted(text)
              + ": it must be like linux/amd64 or linux/arm/v7");
    }
    String architecture = parts[1].toLowerCase(Locale.ROOT);
    return new Platform(
        parts[0].toLowerCase(Locale.ROOT),
        OTHER_NAMES.getOrDefault(architecture, architecture),
        parts.length == 3 ? parts[2].toLowerCase(Locale.ROOT) : "");
  }

  /** Whether an image for another platform, as an index declares it, is one for this one. */
  public boolean matches(String otherOs, String otherArchitecture, String otherVariant) {
    return os.equals(otherOs)
        && architecture.equals(otherArchitecture)
        && (variant.isEmpty() || variant(variant).equals(variant(otherVariant)));
  }

  /** Indexes leave the first variant of arm64 out, or write it. */
  private String variant(String name) {
    return architecture.equals("arm64") && name.equals("v8") ? "" : name;
  }

  @Override
  public String toString() {
    return os + "/" + architecture + (variant.isEmpty() ? "" : "/" + variant);
  }
}
