package dev.cistern.server.report;

import dev.cistern.proxy.content.Platform;
import java.util.Locale;

/** The platform of the containers that run on a machine like this one. */
public final class MachinePlatform {

  private MachinePlatform() {}

  /** Linux, with the architecture of this machine. */
  public static Platform current() {
    return of(System.getProperty("os.arch", "amd64"));
  }

  /**
   * Linux, with an architecture.
   *
   * @param java its name in the system property {@code os.arch}
   */
  static Platform of(String java) {
    String name = java.toLowerCase(Locale.ROOT);
    String architecture =
        switch (name) {
          case "x86_64" -> "amd64";
          case "aarch64" -> "arm64";
          case "x86", "i386", "i486", "i586", "i686" -> "386";
          case "loongarch64" -> "loong64";
          default -> name.startsWith("arm") ? "arm" : name;
        };
    return new Platform("linux", architecture, "");
  }
}
