package dev.cistern.examples.modules;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.examples.testing.FakeUpstream;
import dev.cistern.examples.testing.SampleImage;
import java.lang.module.Configuration;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The libraries are named modules, and the examples, which need them, run on the module path. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ModulesTest {

  private static final String EXAMPLES = "dev.cistern.examples";

  private final ModulePath path = ModulePath.of(EXAMPLES);

  @ParameterizedTest
  @ValueSource(strings = {"dev.cistern.api", "dev.cistern.storage", "dev.cistern.proxy"})
  void aModuleExportsItsApiAndNothingElse(String name) {
    ModuleDescriptor module = path.module(name);

    assertThat(module.isAutomatic()).isFalse();
    assertThat(module.isOpen()).isFalse();
    assertThat(module.opens()).isEmpty();
    assertThat(module.exports())
        .noneMatch(ModuleDescriptor.Exports::isQualified)
        .extracting(ModuleDescriptor.Exports::source)
        .containsExactlyInAnyOrderElementsOf(
            module.packages().stream().filter(exported -> !isInternal(exported)).toList());
  }

  @Test
  void theProxyExportsThesePackages() {
    assertThat(path.module("dev.cistern.proxy").exports())
        .extracting(ModuleDescriptor.Exports::source)
        .containsExactlyInAnyOrder(
            "dev.cistern.proxy",
            "dev.cistern.proxy.content",
            "dev.cistern.proxy.credential",
            "dev.cistern.proxy.event",
            "dev.cistern.proxy.maintenance",
            "dev.cistern.proxy.peer",
            "dev.cistern.proxy.policy",
            "dev.cistern.proxy.report",
            "dev.cistern.proxy.upstream",
            "dev.cistern.proxy.upstream.http");
  }

  @Test
  void anImageIsPulledWithTheCacheAsAModule(@TempDir Path directory) throws Exception {
    SampleImage image = SampleImage.ofLayers(3_000, 200_000);
    try (FakeUpstream upstream = FakeUpstream.with("team/app", "1.0", image)) {
      Path output = directory.resolve("output");
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "--module-path",
                  path.toString(),
                  "--module",
                  EXAMPLES + "/dev.cistern.examples.embedded.PullImage",
                  upstream.url(),
                  "team/app:1.0",
                  directory.resolve("pulled").toString(),
                  "linux/amd64")
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      try {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      } finally {
        process.destroyForcibly();
      }
      assertThat(process.exitValue()).as(Files.readString(output, UTF_8)).isZero();
      assertThat(Files.readString(output, UTF_8)).contains("100 %", "3 of 3 blobs");
    }
  }

  @Test
  void driversOfModulesAreFound() throws Exception {
    Configuration configuration =
        ModuleLayer.boot()
            .configuration()
            .resolveAndBind(path.finder(), ModuleFinder.of(), Set.of(EXAMPLES));
    ClassLoader loader =
        ModuleLayer.defineModulesWithOneLoader(
                configuration, List.of(ModuleLayer.boot()), ClassLoader.getPlatformClassLoader())
            .layer()
            .findLoader(EXAMPLES);
    Class<?> drivers = loader.loadClass("dev.cistern.storage.StorageDrivers");
    assertThat(drivers.getModule().isNamed()).isTrue();

    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      assertThat(drivers.getMethod("names").invoke(null))
          .hasToString("[filesystem, inmemory, striped]");
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static boolean isInternal(String packageName) {
    return packageName.contains(".internal.");
  }
}
