package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("11. A client of HTTP/2 may send a bounded number of frames that are no requests")
class FrameAllowanceTest {

  private static final int KIB = 1 << 10;

  private final FrameAllowance frames = new FrameAllowance();

  @Test
  void framesBesideRequestsAreBounded() {
    frames.requestBegins(0);

    assertThat(frames.isExceededBy(128 * KIB, 0)).isFalse();
    assertThat(frames.isExceededBy(1, 0)).isTrue();
  }

  @Test
  void whoReceivesMoreMayOpenMoreWindows() {
    frames.requestBegins(5 * KIB);

    assertThat(frames.isExceededBy(160 * KIB, 5 * KIB + 1024 * KIB)).isFalse();
    assertThat(frames.isExceededBy(1, 5 * KIB + 1024 * KIB)).isTrue();
  }

  @Test
  void eachRequestBeginsAnew() {
    frames.requestBegins(0);
    assertThat(frames.isExceededBy(128 * KIB, 0)).isFalse();

    frames.requestBegins(0);

    assertThat(frames.isExceededBy(128 * KIB, 0)).isFalse();
  }
}
