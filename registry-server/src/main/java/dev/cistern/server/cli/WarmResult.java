package dev.cistern.server.cli;

import dev.cistern.proxy.content.Platform;
import dev.cistern.server.report.HumanReadable;
import dev.cistern.server.report.Json;
import dev.cistern.server.report.WarmingText;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Prints the results of warming.
 *
 * @param platform the one that was asked for; empty: all
 * @param storageErrors why the store does not have all that was fetched
 */
record WarmResult(
    Target target,
    Optional<Platform> platform,
    List<WarmedImage> images,
    List<String> storageErrors) {

  /** What was warmed. */
  enum Target {
    /** The configured storage. */
    STORAGE,
    /** A server, which does not say what it has fetched. */
    SERVER
  }

  boolean isFailed() {
    return failed() > 0 || !storageErrors.isEmpty();
  }

  private long failed() {
    return images.stream().filter(WarmedImage::isFailed).count();
  }

  void write(Json json) {
    json.put("platform", platform.map(Platform::toString).orElse("all"))
        .objects("images", images, this::write)
        .put("failed", failed())
        .strings("storageErrors", storageErrors);
  }

  private void write(Json json, WarmedImage warmed) {
    json.put("image", warmed.image().text());
    WarmingText.write(
        json,
        warmed.image().repository(),
        warmed.image().reference(),
        warmed.progress(),
        target == Target.SERVER
            ? OptionalLong.empty()
            : OptionalLong.of(warmed.progress().fetched()),
        warmed.failure());
  }

  /** Prints the result of one image: a line, or two. */
  static void print(Target target, WarmedImage warmed, PrintStream out, PrintStream err) {
    String name = warmed.image().text();
    if (warmed.failure().isPresent()) {
      err.printf("failed  %s: %s%n", name, warmed.failure().get());
      return;
    }
    out.printf(
        "warm    %s: %s%n",
        name,
        target == Target.SERVER
            ? WarmingText.of(warmed.progress())
            : WarmingText.result(warmed.progress()));
    warmed
        .progress()
        .stale()
        .ifPresent(reason -> err.printf("stale   %s: %s%n", name, WarmingText.stale(reason)));
  }

  /** Prints what is to be said about all of them. */
  void printEnd(PrintStream out, PrintStream err) {
    storageErrors.forEach(error -> err.printf("failed  storage: %s%n", error));
    out.printf(
        "%d of %s warm%n",
        images.size() - failed(), HumanReadable.count(images.size(), "image is", "images are"));
  }
}
