package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cistern.server.config.HttpConfig;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CapacityTest {

  private static final long MANY = 1 << 20;

  private static Capacity capacity(long descriptors, long heap) {
    return new Capacity(descriptors, heap, heap);
  }

  @Test
  void connectionsAndStreamsFitTheDescriptors() {
    assertThat(capacity(256, MANY << 20).connections(HttpConfig.DEFAULT)).isEqualTo(64);
    assertThat(capacity(256, MANY << 20).streams()).isEqualTo(64);
    assertThat(capacity(1024, MANY << 20).connections(HttpConfig.DEFAULT)).isEqualTo(448);
    assertThat(capacity(20, MANY << 20).connections(HttpConfig.DEFAULT)).isEqualTo(16);
  }

  @Test
  void connectionsAndStreamsFitTheHeap(@TempDir Path directory) {
    Capacity small = capacity(MANY, 64 << 20);
    assertThat(small.connections(HttpConfig.DEFAULT)).isEqualTo(6553);
    assertThat(small.connections(Https.config(directory, HttpConfig.Http2.ENABLED))).isEqualTo(682);
    assertThat(small.streams()).isEqualTo(682);
    assertThat(small.unfinishedRequests()).isEqualTo(8 << 20);
    assertThat(small.buffers()).isEqualTo(32 << 20);
  }

  @Test
  void theConfiguredNumberHoldsWhereThereIsRoom() {
    assertThat(capacity(MANY, MANY << 20).connections(HttpConfig.DEFAULT)).isEqualTo(16_384);
  }

  @Test
  void theProcessHasSome() {
    assertThat(Capacity.ofProcess().connections(HttpConfig.DEFAULT)).isPositive();
    assertThat(Capacity.ofProcess().buffers()).isPositive();
  }
}
