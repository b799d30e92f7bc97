package dev.cistern.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.cistern.storage.memory.MemoryDriverFactory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DriverPathTest {

  private final ClassLoader before = Thread.currentThread().getContextClassLoader();
  private final Path directory;

  DriverPathTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @AfterEach
  void restore() {
    Thread.currentThread().setContextClassLoader(before);
  }

  @Test
  void jarsInTheDirectoryAreFound() throws IOException {
    writeJar("/some/driver.txt");
    Files.writeString(directory.resolve("notes.txt"), "no jar");

    DriverPath.use(new String[] {"--driver-path", directory.toString(), "serve"});

    ClassLoader drivers = Thread.currentThread().getContextClassLoader();
    try (InputStream in = Objects.requireNonNull(drivers.getResourceAsStream("some/driver.txt"))) {
      assertThat(in.readAllBytes()).isEqualTo("found".getBytes(StandardCharsets.UTF_8));
    }
    // The drivers of the server are still there.
    assertThat(InstalledDrivers.keys())
        .containsKeys("filesystem", new MemoryDriverFactory().name());
  }

  @Test
  void theOptionMayHaveAnEqualsSign() throws IOException {
    writeJar("/some/driver.txt");
    DriverPath.use(new String[] {"--driver-path=" + directory});
    assertThat(Thread.currentThread().getContextClassLoader().getResource("some/driver.txt"))
        .isNotNull();
  }

  @Test
  void withoutTheOptionNothingChanges() throws IOException {
    DriverPath.use(new String[] {"serve"});
    assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(before);
  }

  @Test
  void aDirectoryThatIsMissingIsAnError() {
    assertThatIOException()
        .isThrownBy(
            () -> DriverPath.use(new String[] {"--driver-path", directory.resolve("x").toString()}))
        .withMessageContaining("is not a directory that can be read");
  }

  private void writeJar(String entry) throws IOException {
    try (JarOutputStream jar =
        new JarOutputStream(Files.newOutputStream(directory.resolve("driver.jar")))) {
      jar.putNextEntry(new ZipEntry(entry.substring(1)));
      jar.write("found".getBytes(StandardCharsets.UTF_8));
      jar.closeEntry();
    }
  }
}
