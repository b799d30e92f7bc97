package dev.cistern.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What is counted of requests that have not arrived completely. */
class UnfinishedRequestTest {

  private final AtomicLong total = new AtomicLong();
  private final UnfinishedRequest request = new UnfinishedRequest(total::addAndGet);

  @Test
  void aCompleteRequestIsCountedNoMoreAndTheNextOneIs() {
    request.receive(5_000);
    assertThat(total).hasValue(5_000);
    request.end();
    assertThat(total).hasValue(0);
    request.receive(6_000);
    assertThat(total).hasValue(6_000);
  }

  /**
   * Any thread ends a connection, and its own thread may be reading from it just then. What it
   * counted after the end would count for as long as the process runs.
   */
  @Test
  void rule11WhatArrivesOnAConnectionThatEndsIsNotCountedForEver() {
    request.receive(5_000);
    request.release();
    request.receive(5_000);
    assertThat(total).hasValue(0);
  }
}
