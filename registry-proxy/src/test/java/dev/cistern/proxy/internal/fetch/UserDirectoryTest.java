package dev.cistern.proxy.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserDirectoryTest {

  @Test
  void theVariableComesFirst(@TempDir Path home) {
    assertThat(
            UserDirectory.named(
                "spool", Map.of("XDG_CACHE_HOME", "/x/cache"), home.toString(), "/tmp"))
        .isEqualTo(Path.of("/x/cache/cistern/spool"));
  }

  @Test
  void theHomeDirectoryIsNext(@TempDir Path home) {
    assertThat(
            UserDirectory.named(
                "spool", Map.of("XDG_CACHE_HOME", "relative"), home.toString(), "/tmp"))
        .isEqualTo(home.resolve(".cache/cistern/spool"));
  }

  @Test
  void aUserWithoutAHomeHasTheTemporaryDirectory() {
    assertThat(UserDirectory.named("spool", Map.of(), "/nonexistent", "/tmp"))
        .isEqualTo(Path.of("/tmp/cistern-spool"));
    assertThat(UserDirectory.named("spool", Map.of(), "?", "/tmp"))
        .isEqualTo(Path.of("/tmp/cistern-spool"));
  }
}
