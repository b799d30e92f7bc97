package dev.cistern.proxy.upstream.http;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that moves only when it is told to. */
final class ManualClock implements InstantSource {

  private volatile Instant now = Instant.parse("2026-11-23T12:00:00Z");

  @Override
  public Instant instant() {
    return now;
  }

  synchronized void advance(Duration by) {
    now = now.plus(by);
  }
}
