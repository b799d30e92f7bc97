package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.undertow.connector.PooledByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("11. The buffers of connections take a bounded part of memory")
class BoundedBuffersTest {

  private static final int SIZE = 1 << 10;
  private static final int MOST = 100;

  private final LongAdder held = new LongAdder();
  private final AtomicLong asked = new AtomicLong();
  private final BoundedBuffers buffers = pool(SIZE);

  private BoundedBuffers pool(int size) {
    return new BoundedBuffers(size, held, MOST * SIZE, Long.MAX_VALUE, asked::addAndGet);
  }

  private static List<PooledByteBuffer> take(BoundedBuffers pool, int count) {
    List<PooledByteBuffer> taken = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      taken.add(pool.allocate());
    }
    return taken;
  }

  @Test
  void connectionsAreClosedOnlyWhenTooManyBuffersAreHeld() {
    take(buffers, MOST);
    assertThat(asked).hasValue(0);

    take(buffers, 1);
    assertThat(asked).hasValue(1);
  }

  @Test
  void freedBuffersDoNotCountEvenIfTheSystemHasThemNotBackYet() {
    for (int i = 0; i < 10; i++) {
      take(buffers, MOST).forEach(PooledByteBuffer::close);
    }
    assertThat(asked).hasValue(0);
    assertThat(held.sum()).isZero();
  }

  @Test
  void aBufferThatIsFreedTwiceCountsOnce() {
    PooledByteBuffer buffer = buffers.allocate();
    buffer.close();
    buffer.close();
    assertThat(held.sum()).isZero();
    assertThat(buffer.isOpen()).isFalse();
  }

  @Test
  void poolsOfOtherSizesShareTheLimit() {
    take(pool(2 * SIZE), MOST / 2);
    assertThat(asked).hasValue(0);

    take(buffers, 1);
    assertThat(asked).hasValue(1);
  }

  @Test
  void memoryThatTheProcessReservesOtherwiseCountsToo() {
    BoundedBuffers full = new BoundedBuffers(SIZE, held, MOST * SIZE, -SIZE, asked::addAndGet);
    take(full, 1);
    assertThat(asked.get()).isPositive();
  }
}
