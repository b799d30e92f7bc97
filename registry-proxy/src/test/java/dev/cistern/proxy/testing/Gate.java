package dev.cistern.proxy.testing;

import java.util.concurrent.CountDownLatch;

/** Threads wait at a gate until a test opens it, once and for all. */
public final class Gate {

  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch opened = new CountDownLatch(1);

  /** Waits until the gate is open. */
  public void pass() {
    reached.countDown();
    Await.latch(opened);
  }

  /** Waits until one has come to the gate. */
  public void awaitArrival() {
    Await.latch(reached);
  }

  public void open() {
    opened.countDown();
  }
}
