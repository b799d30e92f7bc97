package dev.cistern.server.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.proxy.content.Platform;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MachinePlatformTest {

  @ParameterizedTest
  @CsvSource({
    "amd64, linux/amd64",
    "x86_64, linux/amd64",
    "aarch64, linux/arm64",
    "arm, linux/arm",
    "i386, linux/386",
    "riscv64, linux/riscv64",
    "ppc64le, linux/ppc64le",
    "s390x, linux/s390x"
  })
  void thePlatformOfAMachineHasTheNameThatImagesUse(String java, String platform) {
    assertThat(MachinePlatform.of(java)).isEqualTo(Platform.parse(platform));
  }
}
