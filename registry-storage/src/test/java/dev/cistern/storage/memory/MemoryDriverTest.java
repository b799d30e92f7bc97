package dev.cistern.storage.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.storage.ObjectBody;
import dev.cistern.storage.StorageDriver;
import dev.cistern.storage.contract.StorageDriverContract;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class MemoryDriverTest extends StorageDriverContract {

  @Override
  protected StorageDriver createDriver() {
    return new MemoryDriver();
  }

  @Test
  void modificationTimesComeFromTheClock() throws IOException {
    Instant now = Instant.parse("2024-02-29T12:00:00Z");
    try (MemoryDriver driver = new MemoryDriver(Clock.fixed(now, ZoneOffset.UTC))) {
      driver.put("a/key", ObjectBody.of(new byte[1]));
      assertThat(driver.stat("a/key").orElseThrow().modified()).isEqualTo(now);
    }
  }
}
